namespace Cairn.Runs;

/// <summary>
/// When one of Cairn's errors ends the program because nothing caught it, the user sees its message and the documented exit
/// code instead of a stack trace and an abort. The process is ending in any case; errors of others are left alone. Other ranks hear of
/// the end however it comes about: a process that is exited in the middle of a step would look like one that was killed, which may be tried again.
/// </summary>
internal static class UnhandledErrors
{
    private static int registered;

    public static void Report()
    {
        if (Interlocked.Exchange(ref registered, 1) != 0)
            return;
        AppDomain.CurrentDomain.UnhandledException += OnUnhandled;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => RunRanks.TellExitOfAll();
    }

    private static void OnUnhandled(object sender, UnhandledExceptionEventArgs e)
    {
        // What a module initializer throws comes wrapped.
        var thrown = e.ExceptionObject as Exception;
        while (thrown is TypeInitializationException { InnerException: { } inner })
            thrown = inner;
        if (thrown is not null)
            RunRanks.TellFailureOfAll(thrown);
        if (thrown is not CairnException error)
            return;
        Console.Error.WriteLine(Printable.Of($"cairn: error: {error.Message}"));
#pragma warning disable RS0030 // The one place: the runtime is about to abort the process.
        Environment.Exit(error.ExitCode);
#pragma warning restore RS0030
    }
}
