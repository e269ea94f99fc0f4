using Cairn.Cli.Tests.Running;
using Cairn.Posix;

namespace Cairn.Cli.Tests.PythonHelper;

public sealed class PythonSignalTests : IDisposable
{
    private readonly PythonFolder _folder = new();

    [Theory]
    [InlineData(SignalName.Usr2, "import cairn")]
    [InlineData(SignalName.Term, "import cairn")]
    [InlineData(SignalName.Usr1, "import cairn; cairn.listen('USR1')")]
    [InlineData(SignalName.Usr1, "import cairn; cairn.listen('SIGUSR1')")]
    public async Task A_signal_only_sets_a_flag_and_the_program_leaves_where_it_wants(int signal, string import)
    {
        var run = _folder.Start(import + """

            import time
            open("up", "w").close()
            while not cairn.stop_requested():
                time.sleep(0.01)
            print("saved", flush=True)
            cairn.exit_for_requeue()
            """);
        await Sandbox.Until(() => File.Exists(_folder.At("up")), "the program is up");
        Sandbox.Kill(run.ProcessId, signal);
        var result = await run.Task.WaitAsync(Sandbox.Patience, TestContext.Current.CancellationToken);
        Assert.Equal((75, "saved\n"), (result.ExitCode, result.StandardOutput));
        Assert.Contains("there is no Slurm to requeue it", result.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handler_that_was_there_is_called_as_well_and_comes_back_for_another_signal()
    {
        var (code, output, error) = await _folder.Run("""
            import os, signal
            signal.signal(signal.SIGUSR2, lambda number, frame: print("before", number))
            import cairn
            os.kill(os.getpid(), signal.SIGUSR2)
            print(cairn.stop_requested())
            cairn.listen("USR1")
            os.kill(os.getpid(), signal.SIGUSR2)
            """);
        Assert.Equal((0, "before 12\nTrue\nbefore 12\n", ""), (code, output, error));
    }

    [Fact]
    public async Task A_signal_that_a_launcher_left_ignored_or_blocked_is_heard()
    {
        var (code, output, _) = await _folder.Run("""
            import os, signal
            signal.signal(signal.SIGUSR2, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
            import cairn
            os.kill(os.getpid(), signal.SIGUSR2)
            print(cairn.stop_requested())
            """);
        Assert.Equal((0, "True\n"), (code, output));
    }

    [Theory]
    [InlineData("fork")]
    [InlineData("spawn")]
    [InlineData("forkserver")]
    public async Task A_worker_lives_through_the_warning_and_is_ended_by_its_program(string method)
    {
        var (code, output, error) = await _folder.Run($$"""
            import multiprocessing, os, signal, sys, time
            import cairn

            def work(told, go):
                told.put("up")
                while go.empty():
                    time.sleep(0.01)
                told.put("lives" if not cairn.stop_requested() else "took it for its own")
                time.sleep(1000)

            if __name__ == "__main__":
                context = multiprocessing.get_context("{{method}}")
                told, go = context.Queue(), context.Queue()
                worker = context.Process(target=work, args=(told, go), daemon=True)
                worker.start()
                told.get(timeout=80)
                os.kill(worker.pid, signal.SIGUSR2)
                go.put(1)
                print(told.get(timeout=80), cairn.stop_requested())
                worker.terminate()
                worker.join(80)
                print(worker.exitcode)
            """);
        Assert.Equal((0, "lives False\n-15\n", ""), (code, output, error));
    }

    [Fact]
    public async Task A_worker_that_was_forked_after_the_warning_is_ended_too()
    {
        var (code, output, _) = await _folder.Run("""
            import os, signal, time
            import cairn
            os.kill(os.getpid(), signal.SIGTERM)
            for _ in range(20): # the TERM may come before the child has done anything
                pid = os.fork()
                if pid == 0:
                    time.sleep(1000)
                os.kill(pid, signal.SIGTERM)
                print(os.WTERMSIG(os.waitpid(pid, 0)[1]), end=" ")
            print(cairn.stop_requested(), signal.SIGTERM in signal.pthread_sigmask(signal.SIG_BLOCK, []))
            """);
        Assert.Equal((0, string.Concat(Enumerable.Repeat("15 ", 20)) + "True False\n"), (code, output));
    }

    [Theory]
    [InlineData("importlib.reload(cairn)")]
    [InlineData("importlib.reload(cairn); importlib.reload(cairn)")]
    [InlineData("del sys.modules['cairn']; import cairn as again; assert again is not cairn")]
    public async Task A_second_import_does_no_harm(string second)
    {
        var (code, output, error) = await _folder.Run($$"""
            import importlib, os, signal, sys, time
            signal.signal(signal.SIGUSR2, lambda number, frame: print("before", number, flush=True))
            import cairn
            {{second}}
            pid = os.fork()
            if pid == 0:
                os.kill(os.getpid(), signal.SIGUSR2) # not a worker's
                time.sleep(1000)
            time.sleep(0.05)
            os.kill(pid, signal.SIGTERM)
            print(os.WTERMSIG(os.waitpid(pid, 0)[1]), cairn.stop_requested())
            print(signal.pthread_sigmask(signal.SIG_BLOCK, []) - {signal.SIGUSR1})
            os.kill(os.getpid(), signal.SIGUSR2)
            print(cairn.stop_requested(), sys.modules["cairn"].stop_requested())
            """);
        Assert.Equal((0, "15 False\nset()\nbefore 12\nTrue True\n", ""), (code, output, error));
    }

    [Fact]
    public async Task An_import_that_can_hear_nothing_says_so()
    {
        var (code, _, error) = await _folder.Run("import threading\nthread = threading.Thread(target=__import__, args=['cairn'])\nthread.start()\nthread.join()\n");
        Assert.Equal(0, code);
        Assert.Contains("imported in another thread than the main one, so it hears no signal", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'KILL'")]
    [InlineData("'TERM'")]
    [InlineData("'nonsense'")]
    public async Task What_is_no_warning_is_named(string signal)
    {
        var (code, _, error) = await _folder.Run($"import cairn\ncairn.listen({signal})\n");
        Assert.Equal(1, code);
        Assert.Contains($"{signal} is no warning signal: use USR1 or USR2", error, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
