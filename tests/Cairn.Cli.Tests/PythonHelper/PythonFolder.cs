using Cairn.Cli.Tests.Running;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.PythonHelper;

/// <summary>A folder with the helper in it, as users put it beside their program, and a real python3.</summary>
internal sealed class PythonFolder : IDisposable
{
    public PythonFolder() => File.Copy(Path.Combine(AppContext.BaseDirectory, "PythonHelper", "cairn.py"), Sandbox.At("cairn.py"));

    public Sandbox Sandbox { get; } = new();

    public string At(string name) => Sandbox.At(name);

    public string[] Lines(string name) => Sandbox.Lines(name);

    /// <summary>Runs a program to its end, with these variables (NAME=value) and none that a job or Cairn sets.</summary>
    public async Task<(int Code, string Output, string Error)> Run(string program, params string[] variables)
    {
        using var patience = new CancellationTokenSource(Sandbox.Patience);
        var result = await Command(program, variables).ExecuteBufferedAsync(patience.Token);
        return (result.ExitCode, result.StandardOutput, result.StandardError);
    }

    /// <summary>Starts one that gets signals.</summary>
    public CommandTask<BufferedCommandResult> Start(string program, params string[] variables) => Command(program, variables).ExecuteBufferedAsync();

    /// <summary>A scontrol that writes its arguments down, one line each, and answers by a script of bash.</summary>
    public string FakeScontrol(string answers)
    {
        Directory.CreateDirectory(At("bin"));
        Sandbox.Script("bin/scontrol", "printf '%s\\n' \"$#: $*\" >> " + At("asked") + "\n" + answers);
        return $"PATH={At("bin")}:/usr/bin:/bin";
    }

    /// <summary>
    /// A torchrun in bin/. PyTorch 1.13 starts nothing under Python 3.11 unless output is redirected, and its --standalone has one port for
    /// all torchruns of a machine, of which the tests have several.
    /// </summary>
    public void Torchrun(string python)
    {
        Directory.CreateDirectory(At("bin"));
        Sandbox.Script("bin/torchrun", $"""
            [ "$1" = --standalone ] && shift && set -- --nnodes=1 --rdzv_backend=c10d --rdzv_endpoint=localhost:0 "$@"
            exec {python} -B -m torch.distributed.run -r 1 -t 1 "$@"

            """);
    }

    public void Dispose() => Sandbox.Dispose();

    private Command Command(string program, string[] variables)
    {
        Sandbox.Write("program.py", program);
        var set = variables.ToDictionary(one => one[..one.IndexOf('=', StringComparison.Ordinal)], one => (string?)one[(one.IndexOf('=', StringComparison.Ordinal) + 1)..], StringComparer.Ordinal);
        foreach (string name in Environment.GetEnvironmentVariables().Keys)
        {
            if (name.StartsWith("SLURM_", StringComparison.Ordinal) || name.StartsWith("CAIRN_", StringComparison.Ordinal))
                set.TryAdd(name, null);
        }

        return CliWrap.Cli.Wrap("/usr/bin/env").WithArguments(["python3", "-B", "program.py"]).WithWorkingDirectory(Sandbox.Folder)
            .WithEnvironmentVariables(set).WithValidation(CommandResultValidation.None);
    }
}
