using Microsoft.Extensions.Logging;

namespace Cairn;

/// <summary>What the library's messages are about, by number and name, for filters and counts; docs/metrics.md lists them. A number is never given again.</summary>
internal static class LogEvents
{
    // The start.
    public static readonly EventId Started = new(100, nameof(Started));
    public static readonly EventId FinishedBefore = new(101, nameof(FinishedBefore));
    public static readonly EventId GoesOnBeyondEnd = new(102, nameof(GoesOnBeyondEnd));
    public static readonly EventId OtherStepCount = new(103, nameof(OtherStepCount));
    public static readonly EventId SettingChanged = new(104, nameof(SettingChanged));
    public static readonly EventId ConditionChanged = new(105, nameof(ConditionChanged));
    public static readonly EventId OptionalPartNew = new(106, nameof(OptionalPartNew));
    public static readonly EventId OptionalPartGone = new(107, nameof(OptionalPartGone));
    public static readonly EventId OptionalPartUnknown = new(108, nameof(OptionalPartUnknown));
    public static readonly EventId OtherStart = new(109, nameof(OtherStart));
    public static readonly EventId FirstRankAhead = new(110, nameof(FirstRankAhead));
    public static readonly EventId SignalsInherited = new(111, nameof(SignalsInherited));
    public static readonly EventId ForeignVariables = new(112, nameof(ForeignVariables));
    public static readonly EventId WaitsForSign = new(113, nameof(WaitsForSign));
    public static readonly EventId RequeueSwitchedOn = new(114, nameof(RequeueSwitchedOn));
    public static readonly EventId RequeueForbidden = new(115, nameof(RequeueForbidden));
    public static readonly EventId LeadWasShort = new(116, nameof(LeadWasShort));
    public static readonly EventId RanksApart = new(117, nameof(RanksApart));
    public static readonly EventId RanksLate = new(118, nameof(RanksLate));
    public static readonly EventId RankCannotRestore = new(119, nameof(RankCannotRestore));
    public static readonly EventId NoStateTracked = new(120, nameof(NoStateTracked));

    // Reading checkpoints.
    public static readonly EventId CheckpointPassedOver = new(200, nameof(CheckpointPassedOver));
    public static readonly EventId ReadAgain = new(201, nameof(ReadAgain));
    public static readonly EventId UseAgain = new(202, nameof(UseAgain));

    // Saves.
    public static readonly EventId Saved = new(300, nameof(Saved));
    public static readonly EventId SaveFailed = new(301, nameof(SaveFailed));
    public static readonly EventId SaveLeftOut = new(302, nameof(SaveLeftOut));
    public static readonly EventId SavesAreStreamed = new(303, nameof(SavesAreStreamed));
    public static readonly EventId SaveIsSlow = new(304, nameof(SaveIsSlow));
    public static readonly EventId MetricInEveryStep = new(305, nameof(MetricInEveryStep));
    public static readonly EventId MetricOutsideStep = new(306, nameof(MetricOutsideStep));
    public static readonly EventId LongStepNear = new(307, nameof(LongStepNear));
    public static readonly EventId NothingShared = new(308, nameof(NothingShared));
    public static readonly EventId MovedAside = new(309, nameof(MovedAside));
    public static readonly EventId Superseded = new(310, nameof(Superseded));
    public static readonly EventId PartRemark = new(311, nameof(PartRemark));
    public static readonly EventId JournalFailed = new(312, nameof(JournalFailed));
    public static readonly EventId MetricsFileFailed = new(313, nameof(MetricsFileFailed));
    public static readonly EventId ReplicasDrifted = new(314, nameof(ReplicasDrifted));
    public static readonly EventId StateOfRankLost = new(315, nameof(StateOfRankLost));
    public static readonly EventId SavePutOff = new(316, nameof(SavePutOff));
    public static readonly EventId SavedWithoutRanks = new(317, nameof(SavedWithoutRanks));
    public static readonly EventId NotifyFailed = new(318, nameof(NotifyFailed));
    public static readonly EventId MetricStepLost = new(319, nameof(MetricStepLost));

    // What is removed.
    public static readonly EventId NothingPruned = new(400, nameof(NothingPruned));
    public static readonly EventId CheckpointNotCounted = new(401, nameof(CheckpointNotCounted));
    public static readonly EventId CheckpointNotJudged = new(402, nameof(CheckpointNotJudged));
    public static readonly EventId CheckpointNotPruned = new(403, nameof(CheckpointNotPruned));
    public static readonly EventId LeftoverRemoved = new(404, nameof(LeftoverRemoved));
    public static readonly EventId LeftoverRenamed = new(405, nameof(LeftoverRenamed));
    public static readonly EventId LeftoverNotRemoved = new(406, nameof(LeftoverNotRemoved));
    public static readonly EventId LeftoversNotRemoved = new(407, nameof(LeftoversNotRemoved));

    // Stops.
    public static readonly EventId Interrupted = new(500, nameof(Interrupted));
    public static readonly EventId InterruptionNotTold = new(501, nameof(InterruptionNotTold));
    public static readonly EventId LeadIsShort = new(502, nameof(LeadIsShort));
    public static readonly EventId StoppedInStep = new(503, nameof(StoppedInStep));
    public static readonly EventId LoopGoesOn = new(504, nameof(LoopGoesOn));
    public static readonly EventId Stopped = new(505, nameof(Stopped));
    public static readonly EventId SlurmUnanswered = new(506, nameof(SlurmUnanswered));
    public static readonly EventId RequeueUnanswered = new(507, nameof(RequeueUnanswered));
    public static readonly EventId RequeueFailed = new(508, nameof(RequeueFailed));
    public static readonly EventId StoppingCallbackFailed = new(509, nameof(StoppingCallbackFailed));
    public static readonly EventId WrapperNotTold = new(510, nameof(WrapperNotTold));

    // Between boundaries.
    public static readonly EventId StepHangs = new(600, nameof(StepHangs));
    public static readonly EventId ForcedStop = new(601, nameof(ForcedStop));
    public static readonly EventId StopFailed = new(602, nameof(StopFailed));
    public static readonly EventId WatchdogFailed = new(603, nameof(WatchdogFailed));
    public static readonly EventId FirstRankGone = new(604, nameof(FirstRankGone));
    public static readonly EventId RankLost = new(605, nameof(RankLost));
    public static readonly EventId EndedByFirstRank = new(606, nameof(EndedByFirstRank));
    public static readonly EventId RankLeft = new(607, nameof(RankLeft));
    public static readonly EventId LongStepOver = new(608, nameof(LongStepOver));

    // The end.
    public static readonly EventId Finished = new(700, nameof(Finished));
    public static readonly EventId NotFinished = new(701, nameof(NotFinished));
    public static readonly EventId FinishMissing = new(702, nameof(FinishMissing));
    public static readonly EventId LastSaveTriedAgain = new(703, nameof(LastSaveTriedAgain));
    public static readonly EventId LastStateLost = new(704, nameof(LastStateLost));
    public static readonly EventId LastStateNotSaved = new(705, nameof(LastStateNotSaved));
    public static readonly EventId ClaimUnknown = new(706, nameof(ClaimUnknown));
}
