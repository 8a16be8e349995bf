// Package shim opens the Terraform provider's constructor, which lives under internal/, to the plugin.
package shim

import (
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/terraform-providers/terraform-provider-docker/internal/provider"
)

// New returns the Terraform provider for Docker.
func New(version string) *schema.Provider { return provider.New(version)() }
