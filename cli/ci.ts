import { Command, Option } from "commander";
import { comment as body } from "../report/comment";
import { postComment, readReports } from "./ci/comment";
import { githubComments } from "./ci/github";
import { previewInPipeline } from "./ci/preview";
import { CliError, say } from "./errors";

/** `cronium ci`: what pipelines run, which also runs here. */
export async function command(args: readonly string[]): Promise<number> {
  let status = 0;
  const program = new Command("cronium ci").description("What a pipeline runs for a pull request.");
  program
    .command("preview")
    .description("Preview a stack with its policies, and write a report; the status is Pulumi's.")
    .requiredOption("-s, --stack <name>", "the stack")
    .requiredOption("--report <dir>", "where the report goes")
    .option("--empty", "against no state, in a backend of its own: for forks, which get no secrets")
    .option("--drift", "ask the engine what is there, and fail when that is not what is written down")
    .option("--no-build", "leave out building the images that change")
    .action(async ({ stack, report, empty, drift, build }: PreviewOptions) => {
      status = await previewInPipeline({ stack, folder: report, empty: empty ?? false, drift: drift ?? false, build });
    });
  program
    .command("comment")
    .description(
      "Put the reports into the pull request's one comment, a section for each stack. The token: GITHUB_TOKEN.",
    )
    .argument("<dir...>", "folders with a report each; one without is a section that says so")
    .option(
      "--stack <name>",
      "refuse reports of other stacks, as a fork's may call itself anything; may be repeated",
      several,
    )
    .option("--print", "print the comment and post nothing: for other forges, or to see it")
    .addOption(new Option("--repository <owner/name>", "the repository").env("GITHUB_REPOSITORY"))
    .addOption(new Option("--pull <number>", "the pull request").argParser(number))
    .addOption(new Option("--api-url <url>", "GitHub's API").env("GITHUB_API_URL").default("https://api.github.com"))
    .addOption(new Option("--author <login>", "whose comment it is").default("github-actions[bot]"))
    .action(async (folders: string[], options: CommentOptions) => {
      const sections = readReports(folders, options.stack);
      if (options.print) {
        process.stdout.write(`${body(undefined, sections)}\n`);
        return;
      }
      const { repository, pull, apiUrl, author } = options;
      const token = process.env.GITHUB_TOKEN;
      if (!token) throw new CliError("GITHUB_TOKEN is not set: it needs pull-requests: write", 2);
      if (!repository || !/^[^/]+\/[^/]+$/.test(repository)) {
        throw new CliError(`--repository "${repository ?? ""}" is not owner/name: set it, or GITHUB_REPOSITORY`, 2);
      }
      if (pull === undefined) throw new CliError("--pull is missing: the number of the pull request", 2);
      const done = await postComment(await githubComments({ apiUrl, token, repository, pull, author }), sections);
      say(`the comment on ${repository}#${pull} was ${done}`);
    });
  await program.parseAsync(args, { from: "user" });
  return status;
}

interface PreviewOptions {
  stack: string;
  report: string;
  empty?: boolean;
  drift?: boolean;
  build: boolean;
}

interface CommentOptions {
  stack?: string[];
  print?: boolean;
  repository?: string;
  pull?: number;
  apiUrl: string;
  author: string;
}

function several(name: string, before: string[] = []): string[] {
  return [...before, name];
}

function number(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new CliError(`--pull "${text}" is no number of a pull request`, 2);
  return Number(text);
}
