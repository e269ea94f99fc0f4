using System.Text.RegularExpressions;

namespace Cairn.Native.Tests;

/// <summary>The programs of docs/python-checkpoints.md, one after the other in one folder.</summary>
public sealed partial class CheckpointPageTests : IDisposable
{
    // The run whose checkpoints the page reads; then the page's programs, each for itself.
    private const string Driver = """
        import cairn, sys, torch
        model = torch.nn.Sequential(torch.nn.Linear(16, 32), torch.nn.ReLU(), torch.nn.Linear(32, 1))
        optimizer = torch.optim.AdamW(model.parameters())
        run = cairn.Run("pretrained", save=cairn.every(steps=20), keep=[cairn.keep_last(2), cairn.keep_best("val_loss")])
        run.track(model=model, optimizer=optimizer)
        for step in run.steps(40):
            optimizer.zero_grad()
            model(torch.ones(2, 16)).sum().backward()
            optimizer.step()
            if step % 20 == 19:
                run.report(val_loss=1.0 / step)
        run.finish()
        for program in sys.argv[1:]:
            exec(program, {})
        """;

    private readonly Sandbox sandbox = new();

    [Fact]
    public void They_run_and_say_what_the_page_says()
    {
        var page = File.ReadAllText(Sandbox.Beside("docs/python-checkpoints.md"));
        var programs = Blocks().Matches(page).Select(match => match.Groups["code"].Value).ToArray();
        Assert.Equal(3, programs.Length);
        var all = sandbox.StartPython(["-c", Driver, .. programs]);
        all.End();
        Assert.SkipWhen(all.Errors.Contains("No module named 'torch'", StringComparison.Ordinal), $"{Sandbox.Python} has no PyTorch (on Debian python3-torch)");
        Assert.True(all.ExitCode == 0, all.All);
        var said = all.All;
        Assert.True(File.Exists(sandbox.At("model.safetensors")));
        Assert.Contains("2 tensors of part 'model' (head.weight, head.bias as the program made them)", said, StringComparison.Ordinal);
        var promised = Said().Match(page).Groups["line"].Value;
        Assert.Contains(promised, said.Replace(sandbox.Folder + "/", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    public void Dispose() => sandbox.Dispose();

    [GeneratedRegex("^```python\n(?<code>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Blocks();

    [GeneratedRegex("^    (?<line>cairn: attempt 1: .*?); …$", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Said();
}
