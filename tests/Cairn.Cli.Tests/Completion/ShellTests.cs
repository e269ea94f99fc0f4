using Cairn.Cli.Tests.Running;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.Completion;

/// <summary>The scripts in the real shells; a shell that is not installed is skipped.</summary>
public sealed class ShellTests : IDisposable
{
    // Calls the function as the shell does when Tab is pressed behind the words.
    private const string Bash =
        """
        source <(cairn completion bash)
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        _cairn "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}"
        """;

    // A zsh inside of zsh, with a terminal: the words are typed, Tab is pressed, and then a widget prints what has become of them.
    private const string Zsh =
        """
        zmodload zsh/zpty
        zpty shell zsh -f -i
        say() { zpty -w shell "$1"; zpty -r -m shell got "*$2*" || exit 3 }
        say "PS1= PS2= RPS1=; unsetopt zle_bracketed_paste beep; stty -echo; print rea''dy" ready
        say "autoload -Uz compinit; compinit -D -u; source <(cairn completion zsh); print load''ed" loaded
        say "shown() { print -r -- \"<\$BUFFER>\"; BUFFER= }; zle -N shown; bindkey '^X' shown; print bou''nd" bound
        zpty -w -n shell "$1"$'\t\x18'
        zpty -r -m shell text "*<*>*" || exit 4
        print -r -- "${${text##*\<}%%\>*}"
        """;

    private const string Fish = "cairn completion fish | source; complete --do-complete \"$argv[1]\" | cut --fields=1";

    private readonly Sandbox sandbox = new();

    public ShellTests() => File.CreateSymbolicLink(sandbox.At("cairn"), Sandbox.Program);

    [Theory]
    [InlineData("lint local ls", "cairn", "l")]
    [InlineData("table json sarif", "cairn", "lint", "--format", "")]
    [InlineData("json", "cairn", "lint", "--format", "=", "j")]
    [InlineData("exit-codes", "cairn", "help", "exi")]
    [InlineData("", "cairn", "lint", "")]
    [InlineData("", "cairn", "local", "--", "cat", "--v")]
    public async Task In_bash(string expected, params string[] words) => Assert.Equal(expected, await Answers("bash", ["--norc", "-c", Bash, "bash", .. words]));

    [Theory]
    [InlineData("cairn lint", "cairn lin")]
    [InlineData("cairn lint --format json", "cairn lint --format js")]
    [InlineData("cairn lint --format=sarif", "cairn lint --format=s")]
    [InlineData("cairn help exit-codes", "cairn help exi")]
    [InlineData("cairn lint job.sh", "cairn lint j")]
    [InlineData("cairn local -- cat job.sh", "cairn local -- cat j")]
    public async Task In_zsh(string expected, string typed)
    {
        sandbox.Write("job.sh", "");
        Assert.Equal(expected, await Answers("zsh", ["-f", "-c", Zsh, "zsh", typed]));
    }

    [Theory]
    [InlineData("lint local ls", "cairn l")]
    [InlineData("table json sarif", "cairn lint --format ")]
    [InlineData("--format=json", "cairn lint --format=j")]
    [InlineData("exit-codes", "cairn help exi")]
    [InlineData("job.sh", "cairn lint j")]
    [InlineData("job.sh", "cairn local -- cat j")]
    public async Task In_fish(string expected, string typed)
    {
        sandbox.Write("job.sh", "");
        Assert.Equal(expected.Split(' ').Order(StringComparer.Ordinal), (await Answers("fish", ["--no-config", "-c", Fish, typed])).Split(' ').Order(StringComparer.Ordinal));
    }

    public void Dispose() => sandbox.Dispose();

    private async Task<string> Answers(string shell, string[] arguments)
    {
        Assert.SkipUnless(Path.Exists($"/usr/bin/{shell}"), $"{shell} is not installed.");
        using var patience = new CancellationTokenSource(Sandbox.Patience);
        var run = await CliWrap.Cli.Wrap($"/usr/bin/{shell}").WithArguments(arguments).WithWorkingDirectory(sandbox.Folder)
            .WithEnvironmentVariables(variables => variables.Set("PATH", $"{sandbox.Folder}:{Environment.GetEnvironmentVariable("PATH")}").Set("HOME", sandbox.Folder).Set("XDG_CONFIG_HOME", null))
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(patience.Token);
        Assert.True(run.ExitCode == 0, $"{run.ExitCode}: {run.StandardOutput}{run.StandardError}");
        return string.Join(' ', run.StandardOutput.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries)).Trim();
    }
}
