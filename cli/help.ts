/** The help of cronium's own words; everything else is Pulumi's to explain. */
export function command(): number {
  process.stdout.write(`Usage: cronium COMMAND [ARGUMENTS]

cronium's own commands (each has --help):
  run        run a script as a job on this stack: cronium run bash|python|nodejs FILE
  verify     prove what images promise, those of the stack or any others
  sbom       print what is in an image, as SPDX
  compare    name what differs between two images, file by file
  outdated   list packages that have a newer version in the archive; --apply: the next up takes them
  promote    write the digests that one stack runs into another one's settings: cronium promote staging prod
  doctor     check everything that is needed, one line each
  shell-env  print what makes plain pulumi work in a shell: eval "$(./cronium shell-env)"
  test       run the project's tests; --all runs everything
  ci         what a pipeline runs for a pull request: previews with reports, and the comment
  clean      free disk space: cache, toolchain, state, each on request

Every other command is Pulumi's, with its flags, output and exit status:
  up         make the stack, or bring it up to date        preview    show what up would do
  destroy    remove everything that up made                stack      outputs, history, export, import
  ...        \`cronium help\` lists them all, \`cronium pulumi COMMAND\` is always Pulumi's

The stack is dev unless --stack or PULUMI_STACK names another. On a terminal Pulumi asks before it acts; without one, up
of dev goes ahead and everything else wants --yes. --no-install: never install anything on this machine, say what to type.
preview and up with --report DIR: what changes, what it weighs and which rules it breaks, for a pull request, people and
machines. --no-build leaves out building the images that change to see what they would weigh.
`);
  return 0;
}
