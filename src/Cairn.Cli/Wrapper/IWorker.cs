using Cairn.Cli.Processes;

namespace Cairn.Cli.Wrapper;

/// <summary>What the core tells the worker. Every one of these only leaves a note: the core does not wait.</summary>
internal interface IWorker
{
    /// <summary>Something has come.</summary>
    /// <param name="what">A signal, mostly.</param>
    /// <param name="asks">It asks the program to stop.</param>
    /// <param name="isFirst">Nothing has asked before.</param>
    void Received(Interruption what, bool asks, bool isFirst);

    /// <summary>The program was warned.</summary>
    void Warned();

    /// <summary>The program does not listen yet.</summary>
    void NotListening();

    /// <summary>/proc does not say it in time: the program is warned without.</summary>
    void DoesNotKnowWhetherItListens();

    void ProgramEnded(ProcessEnd end);
}
