using Cairn.Cli.Lint.Rules;

namespace Cairn.Cli.Lint;

/// <summary>Every rule, by its number. docs/lint.md says of each what was measured.</summary>
internal static class LintRules
{
    public static IReadOnlyList<LintRule> All { get; } =
    [
        RefusedBySbatch.Rule,
        DosLineBreaks.Rule,
        DirectiveAfterCommand.Rule,
        NoDirective.Rule,
        NotExpanded.Rule,
        DirectiveContinued.Rule,
        CutAtHash.Rule,
        ValueRefused.Rule,
        MemoryInMegabytes.Rule,
        Placeholders.Rule,
        LogFolderMissing.Rule,
        SaidTwice.Rule,
        ComponentLineCut.Rule,
        WarningMissesProgram.Rule,
        WarningKillsShell.Rule,
        TrapWaits.Rule,
        EndsBeforeProgram.Rule,
        WaitEndsAtSignal.Rule,
        ParentKeepsWarning.Rule,
        TrapNeverRuns.Rule,
        SignalIgnored.Rule,
        KillsThePipe.Rule,
        SignalCannotBeCaught.Rule,
        LeadTooShort.Rule,
        LeadTooLong.Rule,
        NoTimeLimit.Rule,
        LogTruncated.Rule,
        RequeueForbidden.Rule,
        RequeueNotAskedFor.Rule,
        RequeuesWholeArray.Rule,
        NothingResumes.Rule,
        CheckpointsDeleted.Rule,
        CancelledComesBack.Rule,
        RequeuesForEver.Rule,
        EndsAtFirstFailure.Rule,
        ProgramNotTold.Rule,
        NodeLocalCheckpoints.Rule,
        ArraySharesFolder.Rule,
        ArraySharesLog.Rule,
        ExportNone.Rule,
        AbovePartition.Rule,
        UnknownPartition.Rule,
        WrapperInEveryTask.Rule,
        NobodyGuardsJob.Rule,
        WrapperExpectsOther.Rule,
        WrappersSideBySide.Rule,
        SuppressionIncomplete.Rule,
    ];
}
