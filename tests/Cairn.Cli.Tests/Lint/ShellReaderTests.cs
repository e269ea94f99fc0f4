using Cairn.Cli.BatchScripts.Shell;

namespace Cairn.Cli.Tests.Lint;

public sealed class ShellReaderTests
{
    private static string[] Commands(string text)
    {
        var script = ShellScript.Parse(text);
        Assert.True(script.IsUnderstood);
        return [.. script.Commands.Select(command => string.Join(' ', command.Words.Select(word => $"[{word.Text}]")))];
    }

    [Theory]
    [InlineData("a b  c", "[a] [b] [c]")]
    [InlineData("a 'b c' \"d $e\" f\\ g", "[a] [b c] [d $e] [f g]")]
    [InlineData("a $(b \"c)\" 'd)') e", "[a] [$(b \"c)\" 'd)')] [e]", "[b] [c)] [d)]")]
    [InlineData("a `b \\` c` ${d:-\"e }\"} $((1 + (2)))", "[a] [`b \\` c`] [${d:-\"e }\"}] [$((1 + (2)))]")]
    [InlineData("a \\\n  b # comment 'x\nc", "[a] [b]", "[c]")]
    [InlineData("a#b # c", "[a#b]")]
    [InlineData("a 2>&1 >> log < in &> all >| f b", "[a] [b]")]
    [InlineData("a <(b c) > >(tee d)", "[a] [<(b c)]")]
    [InlineData("cat << EOF > x; b\nit's ( not & code\nEOF\nc", "[cat]", "[b]", "[c]")]
    [InlineData("cat <<-'E F'\n\tq\"\n\tE F\nc", "[cat]", "[c]")]
    [InlineData("cat <<A <<B\nA\nx\nB\nc", "[cat]", "[c]")]
    [InlineData("cat <<< \"$x\" b", "[cat] [b]")]
    [InlineData("cat << EOF\nnever closed", "[cat]")]
    [InlineData("a $'it\\'s' $\"b\"", "[a] [it's] [b]")]
    [InlineData("A=1 B+='x y' c=d e", "[e]")]
    [InlineData("x=(a 'b c' $(d)\n e) f", "[f]", "[d]")]
    [InlineData("local -a x=() y=(a b); c", "[local] [-a] [x=] [y=]", "[c]")]
    [InlineData("[[ $a < b && ( -f c || $d =~ ^e|f$ ) ]] && g", "[[[] [$a] [b] [-f] [c] [$d] [=~] [^e] [f$] []]]", "[g]")]
    [InlineData("if a; then b; elif c; then d; else e; fi > log", "[a]", "[b]", "[c]", "[d]", "[e]")]
    [InlineData("while read -r x; do a $x; done < file; b", "[read] [-r] [x]", "[a] [$x]", "[b]")]
    [InlineData("for i in 1 2; do a; done & for ((i = 0; i < 3; i++)); do b; done\nfor x\ndo c; done", "[a]", "[b]", "[c]")]
    [InlineData("case $x in (a|b) c;; *) d ;& 'e f') g; esac; h", "[c]", "[d]", "[g]", "[h]")]
    [InlineData("f() { a; }\nfunction g { b; }\nfunction h() ( c )\nf", "[a]", "[b]", "[c]", "[f]")]
    [InlineData("(a; b) | { c; } && ! d || time -p e", "[a]", "[b]", "[c]", "[d]", "[e]")]
    [InlineData("(( x > 2 )) && a; b", "[((] [x > 2]", "[a]", "[b]")]
    [InlineData("echo done if fi; a", "[echo] [done] [if] [fi]", "[a]")]
    [InlineData("a;b&c&&d||e|f", "[a]", "[b]", "[c]", "[d]", "[e]", "[f]")]
    [InlineData("rm !(x|y) *.@(a|b)", "[rm] [!(x|y)] [*.@(a|b)]")]
    public void Words_and_commands_are_those_of_bash(string text, params string[] commands) => Assert.Equal(commands, Commands(text));

    [Theory]
    [InlineData("a 'b")]
    [InlineData("a \"b $(c")]
    [InlineData("if a; then b")]
    [InlineData("a; fi )")]
    [InlineData("for i in 1 2; a; done")]
    [InlineData("(a")]
    [InlineData("{ a; ")]
    [InlineData("a && | b")]
    [InlineData("coproc a")]
    [InlineData("a ${b")]
    [InlineData("case a in b")]
    public void What_is_no_shell_is_not_understood(string text) => Assert.False(ShellScript.Parse(text).IsUnderstood);

    [Fact]
    public void Nesting_without_end_is_not_understood_and_does_no_harm()
    {
        Assert.False(ShellScript.Parse(new string('(', 100_000)).IsUnderstood);
        Assert.False(ShellScript.Parse(string.Concat(Enumerable.Repeat("$(", 100_000))).IsUnderstood);
        Assert.False(ShellScript.Parse(string.Concat(Enumerable.Repeat("if ", 100_000))).IsUnderstood);
        Assert.False(ShellScript.Parse(string.Concat(Enumerable.Repeat("\"${x:-", 100_000))).IsUnderstood);
    }

    [Theory]
    [InlineData("x & y", "x: Background", "y:")]
    [InlineData("x | y &", "x: Background Piped", "y: Background Piped")]
    [InlineData("x && y || z", "x: Guarded", "y: Conditional Guarded", "z: Conditional")]
    [InlineData("if x; then y; fi", "x: Guarded", "y: Conditional")]
    [InlineData("while x; do y; done", "x: Loop Guarded", "y: Loop")]
    [InlineData("(x); ! y", "x: Subshell", "y: Guarded Negated")]
    [InlineData("until x; do y; done; while ! x; do y; done; until ! x; do y; done", "x: Loop Guarded Negated", "y: Loop", "x: Loop Guarded Negated", "y: Loop", "x: Loop Guarded", "y: Loop")]
    [InlineData("if ! x | z; then y; fi", "x: Piped Guarded Negated", "z: Piped Guarded Negated", "y: Conditional")]
    [InlineData("if (( x )); then y; fi", "((: Guarded", "y: Conditional")]
    [InlineData("x $(y)", "x:", "y: Substitution")]
    [InlineData("f() { x; }; f &", "x: in f", "f: Background")]
    [InlineData("{ x; y; } &", "x: Background", "y: Background")]
    public void Each_command_knows_where_it_stands(string text, params string[] places) =>
        Assert.Equal(places, ShellScript.Parse(text).Commands.Select(command => $"{command.Name}: {Place(command.Place)}".TrimEnd()));

    [Fact]
    public void Words_know_their_line_and_column()
    {
        var command = ShellScript.Parse("#!/bin/bash\n\n  A=1 srun \\\n    -n 2 prog").Commands.Single();
        Assert.Equal(3, command.Line);
        Assert.Equal([(3, 6), (4, 4), (4, 7), (4, 9)], command.Words.Select(word => (word.Line, word.Column)));
    }

    [Fact]
    public void A_script_as_large_as_sbatch_takes_is_read()
    {
        // Would a word or a command cost what lies before it, this took hours.
        var text = "a " + new string('x', 2_000_000) + "\n" + string.Concat(Enumerable.Repeat("b && ", 200_000)) + "c\n" + string.Concat(Enumerable.Repeat("d $(e)\n", 100_000));
        Assert.Equal(400_002, ShellScript.Parse(text).Commands.Count);
    }

    private static string Place(ShellPlace place) => string.Join(' ', new[]
    {
        (place.Background, "Background"), (place.Piped, "Piped"), (place.Conditional, "Conditional"), (place.Loop, "Loop"),
        (place.Subshell, "Subshell"), (place.Substitution, "Substitution"), (place.Guarded, "Guarded"), (place.Negated, "Negated"), (place.Function is not null, "in " + place.Function),
    }.Where(mark => mark.Item1).Select(mark => mark.Item2));
}
