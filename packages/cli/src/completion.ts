import type { Argument, Command, Option } from "commander";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** What can follow a command on its line. */
interface CompletedCommand {
  /** `data fetch` is ["data", "fetch"]; the command itself []. */
  readonly path: readonly string[];
  readonly description: string;
  readonly words: readonly Word[];
  readonly options: readonly CompletedOption[];
}

interface Word {
  readonly text: string;
  readonly description: string;
}

interface CompletedOption {
  readonly flags: readonly string[];
  readonly description: string;
  /** Undefined for an option without a value; "files" and "folders" of the disk, or the values there are. */
  readonly value: "files" | "folders" | readonly string[] | undefined;
}

/** What the command line means beside its options. */
export interface CompletionWords {
  readonly slugs: readonly Word[];
  readonly families: readonly string[];
}

/** The completion of all commands of a program for a shell, made from the program itself. */
export function completionScript(shell: Shell, program: Command, words: CompletionWords): string {
  const commands = describe(program, [], words);
  return { bash, zsh, fish }[shell](commands, program.name());
}

function describe(command: Command, path: readonly string[], words: CompletionWords): CompletedCommand[] {
  const inner = command.commands.filter((child) => !(child as unknown as { _hidden?: boolean })._hidden);
  const described: CompletedCommand = {
    path,
    description: command.description(),
    words: [
      ...inner.map((child) => ({ text: child.name(), description: child.description() })),
      ...command.registeredArguments.flatMap((argument) => argumentWords(argument, words)),
    ],
    options: [
      ...command.options.map((option) => ({
        flags: [option.short, option.long].filter((flag) => flag !== undefined && flag !== null),
        description: option.description,
        value: optionValue(option, words),
      })),
      { flags: ["--help"], description: "display help for command", value: undefined },
    ],
  };
  return [described, ...inner.flatMap((child) => describe(child, [...path, child.name()], words))];
}

function argumentWords(argument: Argument, { slugs }: CompletionWords): Word[] {
  if (argument.argChoices !== undefined) return argument.argChoices.map((text) => ({ text, description: "" }));
  return /^slugs?$/.test(argument.name()) ? [...slugs] : [];
}

function optionValue(option: Option, { families }: CompletionWords): CompletedOption["value"] {
  if (!option.required && !option.optional) return undefined;
  if (option.argChoices !== undefined) return option.argChoices;
  const named = /[<[]([^>\]]+)[>\]]/.exec(option.flags)?.[1] ?? "";
  if (named === "dir") return "folders";
  if (named === "file") return "files";
  return option.long === "--family" ? families : [];
}

/** A word in single quotes for every shell here. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function bash(commands: readonly CompletedCommand[], name: string): string {
  const cases = commands.map(({ path, words, options }) => {
    const flags = options.flatMap((option) => option.flags);
    return `    ${quote(path.join(" "))}) words=${quote(words.map(({ text }) => text).join(" "))} flags=${quote(flags.join(" "))} ;;`;
  });
  const values = commands.flatMap(({ path, options }) =>
    options
      .filter(({ value }) => value !== undefined)
      .map(({ flags, value }) => {
        const keys = flags.map((flag) => quote(`${path.join(" ")} ${flag}`.trim())).join("|");
        if (value === "files")
          return `    ${keys}) COMPREPLY=($(compgen -f -- "$current")); compopt -o filenames; return ;;`;
        if (value === "folders") {
          return `    ${keys}) COMPREPLY=($(compgen -d -- "$current")); compopt -o filenames; return ;;`;
        }
        return `    ${keys}) COMPREPLY=($(compgen -W ${quote((value as readonly string[]).join(" "))} -- "$current")); return ;;`;
      }),
  );
  const paths = commands.filter(({ path }) => path.length > 0).map(({ path }) => quote(path.join(" ")));
  return `# Completion of ${name} for bash. Put this line into ~/.bashrc:
#   eval "$(${name} completion bash)"
_${name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path='' words='' flags='' word longer
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    longer="\${path:+$path }$word"
    case "$longer" in
      ${paths.join("|")}) path="$longer" ;;
    esac
  done
  case "\${path:+$path }$previous" in
${values.join("\n")}
  esac
  case "$path" in
${cases.join("\n")}
  esac
  if [[ "$current" == -* ]]; then words="$flags"; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ \${#COMPREPLY[@]} -eq 0 ]]; then COMPREPLY=($(compgen -f -- "$current")); compopt -o filenames; fi
}
complete -F _${name} ${name}
`;
}

function zsh(commands: readonly CompletedCommand[], name: string): string {
  const entry = (text: string, description: string) =>
    quote(`${text.replaceAll(":", "\\:")}:${description.replaceAll(":", "\\:")}`);
  const cases = commands.map(({ path, words, options }) => {
    const flags = options.flatMap((option) => option.flags.map((flag) => entry(flag, option.description)));
    return `    ${quote(path.join(" "))})
      words_=(${words.map(({ text, description }) => entry(text, description)).join(" ")})
      flags_=(${flags.join(" ")}) ;;`;
  });
  const values = commands.flatMap(({ path, options }) =>
    options
      .filter(({ value }) => value !== undefined)
      .map(({ flags, value }) => {
        const keys = flags.map((flag) => quote(`${path.join(" ")} ${flag}`.trim())).join("|");
        if (value === "files") return `    ${keys}) _files; return ;;`;
        if (value === "folders") return `    ${keys}) _files -/; return ;;`;
        const given = value as readonly string[];
        return `    ${keys}) ${given.length === 0 ? "_message value" : `compadd -- ${given.map(quote).join(" ")}`}; return ;;`;
      }),
  );
  const paths = commands.filter(({ path }) => path.length > 0).map(({ path }) => quote(path.join(" ")));
  return `#compdef ${name}
# Completion of ${name} for zsh. Put this line into ~/.zshrc, below compinit:
#   eval "$(${name} completion zsh)"
_${name}() {
  local path_='' word longer
  local -a words_ flags_
  for word in "\${(@)words[2,CURRENT-1]}"; do
    longer="\${path_:+$path_ }$word"
    case "$longer" in
      ${paths.join("|")}) path_="$longer" ;;
    esac
  done
  case "\${path_:+$path_ }\${words[CURRENT-1]}" in
${values.join("\n")}
  esac
  case "$path_" in
${cases.join("\n")}
  esac
  if [[ "\${words[CURRENT]}" == -* ]]; then
    _describe option flags_
  else
    if (( \${#words_} )); then _describe word words_; fi
    _files
  fi
}
compdef _${name} ${name}
`;
}

function fish(commands: readonly CompletedCommand[], name: string): string {
  const lines = commands.flatMap(({ path, words, options }) => {
    const deeper = words.map(({ text }) => text).filter((text) => commands.some((c) => same(c.path, [...path, text])));
    const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
    const not = deeper.length > 0 ? [`not __fish_seen_subcommand_from ${deeper.join(" ")}`] : [];
    const condition = [...seen, ...not].join("; and ");
    const start = `complete -c ${name}${condition === "" ? "" : ` -n ${quote(condition)}`}`;
    return [
      ...words.map(({ text, description }) => `${start} -a ${quote(text)} -d ${quote(description)}`),
      ...options.map(({ flags, description, value }) => {
        const named = flags.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
        const taken =
          value === undefined
            ? ""
            : value === "files"
              ? " -r -F"
              : value === "folders"
                ? " -x -a '(__fish_complete_directories)'"
                : ` -x -a ${quote(value.join(" "))}`;
        return `${start} ${named.join(" ")}${taken} -d ${quote(description)}`;
      }),
    ];
  });
  return `# Completion of ${name} for fish. Keep it with:
#   ${name} completion fish > ~/.config/fish/completions/${name}.fish
${lines.join("\n")}
`;
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, index) => word === b[index]);
}
