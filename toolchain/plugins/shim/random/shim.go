// Package shim opens the Terraform provider's constructor, which lives under internal/, to the plugin.
package shim

import (
	tf "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/terraform-providers/terraform-provider-random/internal/provider"
)

// New returns the Terraform provider for random values.
func New() tf.Provider { return provider.New() }
