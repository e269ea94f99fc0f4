/*
 * Cairn for programs in any language: a training run that is stopped at any time goes on later where it was, to the bit.
 *
 *     cairn_run *run;
 *     const char *options[] = { "save-every-seconds=600", NULL };
 *     if (cairn_open("checkpoints", options, &run) || cairn_track(run, "model", tensors, 2) || cairn_steps(run, 1000))
 *         return cairn_complain();
 *     for (int64_t step; cairn_next(run, &step) == CAIRN_STEP;)
 *         train(step);
 *     cairn_finish(run, NULL, NULL, &outcome);
 *     cairn_close(run, &code);
 *
 * What the words mean (step, step boundary, checkpoint, part) and what a run promises is said in docs/library.md: this is the same run, and each
 * function names the member of TrainingRun that it is. examples/C/train.c is a whole program.
 *
 * Rules
 * - Every function that returns int returns CAIRN_OK (0) or an error's number; cairn_error() has the text, for this thread and until its next call.
 *   (cairn_next has a second answer that is no error.) Nothing is thrown across, and nothing ends the process but a requeue and the job's end.
 * - What the library says, in errors and on standard error, has the names of this file without what they begin with: finish(), save_at_boundary(); options
 *   have underscores there.
 * - Text is UTF-8 and ends with 0. What the library is given it copies, but for the memory of tensors. What it gives stays until the next call of the
 *   same function on the same thread.
 * - A run is for one thread at a time, but for cairn_stop_requested, cairn_stop_reason, cairn_request_stop, cairn_signal, cairn_report and cairn_look.
 * - The library hears USR2 (or the signals of the option warning-signals), TERM and INT from cairn_open on; with signals=host it hears none, and the
 *   host tells it by cairn_signal. Its runtime takes FPE and SEGV from the first call on, and hands on what is not its own; SIGRTMIN is its own; PIPE it
 *   ignores (set that again behind the first call where it matters). Where the library hears INT its runtime takes QUIT and CONT along, and hands them
 *   on. No other signal is touched, and with signals=host none beyond the first call.
 * - In a process that was forked from one with a run every function returns CAIRN_FORKED and does nothing. Such a child inherits the signal
 *   handlers: one that goes on without exec has to set its own, or what is sent to it is taken for its parent's.
 * - The library cannot be unloaded.
 */
#ifndef CAIRN_H
#define CAIRN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this interface. A library of a later version with the same number here has all that is said here. */
#define CAIRN_ABI 1

/* That number, of the library that is loaded. */
int32_t cairn_abi(void);

/* The library's version: "1.0.0". */
const char *cairn_version(void);

enum {
    CAIRN_OK = 0,
    CAIRN_STEP = 1,             /* of cairn_next alone: there is a step to do */
    CAIRN_MISUSE = 2,           /* a call that is wrong there, an argument that cannot be */
    CAIRN_FORKED = 3,           /* this process was forked from the one that loaded the library */
    CAIRN_HOST = 4,             /* a function of the host's said that it failed */
    CAIRN_MISMATCH = 10,        /* the checkpoint does not fit what is tracked; nothing was touched */
    CAIRN_NO_CHECKPOINT = 11,   /* there are checkpoints, and none can be used */
    CAIRN_UNREADABLE = 12,      /* a checkpoint cannot be read just now */
    CAIRN_CHANGED = 13,         /* strict: a condition of exactness is another than before */
    CAIRN_FOLDER_IN_USE = 14,   /* another attempt or job that lives has the folder */
    CAIRN_FOLDER = 15,          /* the folder cannot be made or written */
    CAIRN_SUPERSEDED = 16,      /* a later attempt has taken the folder */
    CAIRN_UNTRACKABLE = 17,     /* a state that cannot be saved and put back exactly */
    CAIRN_NOT_WRITTEN = 18,     /* a save failed */
    CAIRN_RANKS = 19,           /* the ranks do not come together */
    CAIRN_FAILED = 20           /* anything else */
};

/* What the newest error of this thread was. Never NULL. */
const char *cairn_error(void);

/* With which exit code a program should end that does not handle it: 78 where another start would fail in the same way, else 1 (README, "exit codes"). */
int32_t cairn_error_exit_code(void);

typedef struct cairn_run cairn_run;

/* ---- a run: TrainingRun.Open, Dispose ---- */

/*
 * Opens a run in a folder; NULL for CAIRN_CHECKPOINT_DIR, else "checkpoints". The options are texts "name=value", ended by NULL; NULL for none.
 * One that is not known is an error.
 *   save-every-steps=N  save-every-seconds=X  save-within-overhead=PERCENT  save-optimal-seconds=MEAN-TIME-BETWEEN-INTERRUPTIONS  save=never
 *                       when to save; of several the first that is due counts. Default: save-every-seconds=600
 *   save-mode=asynchronous|synchronous|overlapped
 *   when-still-saving=skip|wait
 *   keep-last=N  keep-every=STEPS  keep-best=METRIC  keep-best-highest=METRIC  keep-best:N=METRIC  keep-best-highest:N=METRIC  keep=all
 *                       which checkpoints stay: what any of them keeps; of the best the one or the N. Default: keep-last=3
 *   warning-signals=USR2,USR1    signals=library|host
 *   stop-file=PATH  margin-seconds=X  forced-stop=yes|no  hang-factor=X|never
 *   requeue=yes|no  requeue-if-preemption-cancels=yes|no  switch-requeue-on=yes|no  max-attempts=N
 *   notify=WORD (several: a program that is told of ends and failed saves, and its arguments)
 *   strict=yes|no  check-overlap=yes|no  optional-parts=NAME,NAME
 *   rank=N  world-size=N  launch=TEXT
 *                       which rank this process is, where it is no task of srun's own: below torchrun, say. The launch is a text that is the same on all
 *                       ranks and another one at each start, by which they find each other. Default: Slurm's variables
 *   replicated-values=yes|no  ranks=auto|required|first-only  rank-patience-seconds=X  check-replicas=N  one-writer-per-file=yes|no
 */
int32_t cairn_open(const char *folder, const char *const *options, cairn_run **run);

/*
 * Ends it and gives it back. Without cairn_finish before it a run that something wanted to stop is put back in the queue as there; none is marked as
 * finished. exit_code (may be NULL): what the program should end with; 0 where there is nothing to say.
 */
int32_t cairn_close(cairn_run *run, int32_t *exit_code);

typedef struct {
    int64_t steps_done;       /* completed, of all attempts together */
    double deadline;          /* when the job ends, in unix seconds, as far as it is known now; 0 without a limit */
    int32_t attempt;          /* from 1 */
    int32_t rank;
    int32_t world_size;
    int32_t finished_before;  /* an earlier attempt came to the end: there is nothing to do. Known after the restore */
    int64_t steps_saved;      /* completed steps in the newest checkpoint that is on the disk for good; 0 when there is none */
    int32_t copying;          /* with save-mode=overlapped: what only the optimizer's step changes is copied until cairn_before_optimizer_step comes */
    int32_t reserved;
} cairn_info;

int32_t cairn_look(cairn_run *run, cairn_info *info);

/* The checkpoint folder as a full path; NULL where the run is none. */
const char *cairn_folder(cairn_run *run);

/* ---- the state: Track ---- */

enum {
    CAIRN_BOOL = 0, CAIRN_UINT8 = 1, CAIRN_INT8 = 2, CAIRN_INT16 = 3, CAIRN_INT32 = 4, CAIRN_INT64 = 5, CAIRN_FLOAT16 = 6, CAIRN_BFLOAT16 = 7,
    CAIRN_FLOAT32 = 8, CAIRN_FLOAT64 = 9, CAIRN_COMPLEX64 = 10, CAIRN_COMPLEX128 = 11
};

enum {
    CAIRN_FROZEN = 1,         /* of a tensor: training probably does not change it */
    CAIRN_OPTIMIZER_STEP = 2, /* of a tensor: nothing but the optimizer's step changes it, so save-mode=overlapped may copy it later */
    CAIRN_SETTING = 4,        /* of a value: chosen by the program when it starts. That another start chooses another is told */
    CAIRN_OF_FIRST_RANK = 8,  /* of a tensor: ranks may have different ones, of which rank 0's count (a running mean of the forward pass): rank 0 writes it */
    CAIRN_ON_DEVICE = 16    /* of a tensor: data is no memory but a cairn_source: it lies on a device. To save alone */
};

/* Bytes of a tensor, count of them from the offset on, and memory of the library's to which they go. */
typedef struct {
    void *tensor;             /* as the cairn_source has it */
    int64_t offset;
    void *to;
    int64_t count;
} cairn_piece;

/* Where tensors lie that the library cannot read: a GPU, say. It has to stay as long as what is on it is tracked. */
typedef struct {
    /*
     * Copies pieces, or begins to: *begun (NULL before) is what to wait with then. On the thread that called the library, while training waits. Returns 0,
     * or a failure, whose reason cairn_fail gives; then nothing may go on.
     */
    int32_t (*copy)(void *host, const cairn_piece *pieces, size_t count, void **begun);
    int32_t (*wait)(void *begun); /* returns when all of it is there, 0 or a failure; on any thread, once for each begun. NULL where copy returns no earlier */
    void *host;
} cairn_device;

typedef struct {
    const cairn_device *device;
    void *tensor;             /* what the device's functions know it by */
} cairn_source;

/*
 * Before the first save: function is called with memory into which copies of the state go, that a device may want registered: with comes=1 when it was
 * taken, which is within a save, and with 0 before it is given back, which it is not where the answer is then another than 0. (A run that is closed while
 * a write hangs gives nothing back.) On the thread that called the library. A forked child does not have it.
 */
int32_t cairn_on_memory(cairn_run *run, int32_t (*function)(void *host, void *memory, int64_t count, int32_t comes), void *host);

/* A tensor: its elements in row-major order without gaps, in host memory or on a device. */
typedef struct {
    const char *name;         /* of its own within the part */
    void *data;               /* read at a save, overwritten at a restore; it has to stay as long as the part does, or until the next describe */
    const int64_t *shape;
    int32_t dtype;
    int32_t dimensions;
    uint32_t flags;
    uint32_t reserved;        /* 0 */
} cairn_tensor;

enum { CAIRN_NONE = 0, CAIRN_FLAG = 1, CAIRN_INTEGER = 2, CAIRN_REAL = 3, CAIRN_TEXT = 4, CAIRN_LIST = 5 };

/*
 * A small value: nothing, a flag (in integer), a whole number, a double (exact, NaN too), or text. A checkpoint that a program in C# wrote may have a list,
 * too: its text is JSON, as in the commit record (docs/checkpoint-format.md). It is only read.
 */
typedef struct {
    const char *name;
    const char *text;
    int64_t integer;
    double real;
    int32_t kind;
    uint32_t flags;
} cairn_value;

/* A part that is nothing but tensors which stay where they are. */
int32_t cairn_track(cairn_run *run, const char *name, const cairn_tensor *tensors, size_t count);

/* What a part is at a step boundary; all of it is copied on return, but for the tensors' memory. */
typedef struct {
    const cairn_tensor *tensors;
    size_t tensor_count;
    const cairn_value *values;
    size_t value_count;
    const cairn_value *conditions; /* texts that must be the same for the run to go on to the bit: a library's version, the number of threads */
    size_t condition_count;
} cairn_state;

/* What a checkpoint has of a part: tensors without memory, values. Lives until the host's function returns. */
typedef struct {
    const cairn_tensor *tensors;
    size_t tensor_count;
    const cairn_value *values;
    size_t value_count;
    void *handle;
    int32_t rank;             /* within restore, of a part that is CAIRN_OWN_OR_FIRST: whose state it is. Else 0 */
    int32_t ranks;            /* there: how many were saved, where that is another number than there are now. Else 0 */
} cairn_saved;

/* With several ranks, the state of a part... */
enum {
    CAIRN_SAME = 0,       /* is the same on all */
    CAIRN_MAY_DIFFER = 1, /* may be another on each, and rank 0's alone would be saved: refused, unless replicated-values=yes says that it is the same */
    CAIRN_OWN = 2,        /* is each rank's own, 64 KiB at most: TrackPerRank. Another number of ranks is refused */
    CAIRN_OWN_OR_FIRST = 3 /* the same, but with another number of ranks whoever was there goes on with its own, and a new one is given rank 0's */
};

/*
 * A part of the host's own: ICheckpointPart. All three are called between two steps alone, on the thread that called the library, and return 0; anything
 * else is a failure, whose reason cairn_fail gives.
 */
typedef struct {
    int32_t (*describe)(void *host, cairn_state *state);
    int32_t (*differences)(void *host, const cairn_saved *saved); /* says each by cairn_difference, and changes nothing */
    /*
     * Only when no part has a difference; reads by cairn_read. Where tensors are chosen by their names (cairn_names) saved has those alone that are to be
     * put back, under the part's own names, and no value: the others stay as they are.
     */
    int32_t (*restore)(void *host, const cairn_saved *saved);
    void *host;
    int32_t ranks;            /* CAIRN_SAME and so on */
    int32_t reserved;         /* 0 */
} cairn_part;

int32_t cairn_track_part(cairn_run *run, const char *name, const cairn_part *part);

/* Within differences: one sentence. */
int32_t cairn_difference(const cairn_saved *saved, const char *text);

/* Within restore: fills tensors that have the names, types and shapes of saved ones; every byte is checked by its hash. Once for each tensor. */
int32_t cairn_read(const cairn_saved *saved, const cairn_tensor *targets, size_t count);

/* Within a function of the host's that is about to return a failure: why, for the error's text. */
void cairn_fail(const char *text);

/* ---- where a run begins that has no checkpoint of its own yet: StartFrom ---- */

/* Which tensors go where. */
typedef struct {
    /*
     * The name under which a tensor of the program's was saved: *text, which the host keeps until its next answer; left NULL, it stays as it is. Returns 0,
     * or a failure. NULL for the same names.
     */
    int32_t (*saved_name)(void *host, const char *name, const char **text);
    void *host;
    int32_t loose;            /* 1: what is on one side alone stays as it is, and that is said; else it is an error, which lists it */
    int32_t reserved;         /* 0 */
} cairn_names;

/*
 * Behind cairn_open and before the restore. source: another run's checkpoint folder, or a safetensors file. The options, "name=value" each, ended by NULL:
 *   part=NAME                              a tracked part to load, of a file one; the steps begin at 0. None: all parts, and the steps go on
 *   step=N  lowest=METRIC  highest=METRIC  which checkpoint; default: the newest
 * names (may be NULL) is for named parts; the host has to keep it until the restore.
 */
int32_t cairn_start_from(cairn_run *run, const char *source, const char *const *options, const cairn_names *names);

/* ---- the loop: Steps ---- */

/* The run has so many steps in all. Once. */
int32_t cairn_steps(cairn_run *run, int64_t count);

/*
 * The next step: CAIRN_STEP and its number from 0; CAIRN_OK at the loop's end. The first call restores, each further one is a step boundary, where the run
 * is saved when that is due and ended when something wants it to stop.
 */
int32_t cairn_next(cairn_run *run, int64_t *step);

/* The loop is left before its end: the step in progress is not whole. Also what cairn_finish and cairn_close assume. */
int32_t cairn_leave(cairn_run *run);

/* ---- or a loop of one's own: Restore, Boundary ---- */

int32_t cairn_restore(cairn_run *run, int64_t *steps_done);

/* go_on: 0 where the loop has to end and cairn_finish to follow. last: 1 when all steps are done. */
int32_t cairn_boundary(cairn_run *run, int64_t steps_done, int32_t last, int32_t *go_on);

/* Save: there, whatever the schedule says; also at a boundary that was told already. wait: 1 to return when it is on the disk for good. */
int32_t cairn_save(cairn_run *run, int64_t steps_done, int32_t wait);

/* ---- within a step ---- */

/* Report: a metric of the step in whose body this is called. Any thread; one by which checkpoints are kept (keep-best) from the loop's own. */
int32_t cairn_report(cairn_run *run, const char *metric, double value);

/* SaveAtBoundary */
int32_t cairn_save_at_boundary(cairn_run *run);

/* BeforeOptimizerStep: with save-mode=overlapped in every step, right before anything changes the parameters. */
int32_t cairn_before_optimizer_step(cairn_run *run);

/* Complete: the step in progress is the last one (early stopping). Let its boundary come. */
int32_t cairn_complete(cairn_run *run);

/* StopRequested: for loops that the library does not see. Any thread. */
int32_t cairn_stop_requested(cairn_run *run, int32_t *answer);

/* What wants the run to stop, in words: "USR2 from pid 123 (uid 0)"; NULL while nothing does. Any thread. */
const char *cairn_stop_reason(cairn_run *run);

/* RequestStop: saves at the next boundary and ends, for good. Any thread. */
int32_t cairn_request_stop(cairn_run *run, const char *reason);

/* With signals=host: this process got the signal. Any thread, but not from within a signal handler. */
int32_t cairn_signal(cairn_run *run, int32_t signal);

/* ---- between ranks: Control. Every rank calls them, as often and in the same order; one rank alone has nothing to wait for ---- */

/*
 * Gives all ranks what rank 0 has, 64 KiB at most. length: how many bytes rank 0 sends, and on return how many it has sent; of the others it is not looked
 * at. capacity: for how many there is room. seconds: how long to wait for them.
 */
int32_t cairn_broadcast(cairn_run *run, void *bytes, size_t *length, size_t capacity, double seconds);

/* Waits until every rank is here; the error names those that are not. */
int32_t cairn_barrier(cairn_run *run, double seconds);

/* ---- the end: Finish ---- */

enum {
    CAIRN_FINISHED = 0, CAIRN_FINISHED_BEFORE = 1, CAIRN_REQUEUED = 2, CAIRN_STOPPED_FOR_GOOD = 3, CAIRN_LEFT = 4, CAIRN_UNSAVED = 5,
    CAIRN_OUTCOME_SUPERSEDED = 6
};

typedef struct {
    int32_t kind;
    int32_t exit_code; /* what the program should end with */
} cairn_outcome;

/*
 * The last statement: runs the last work (may be NULL; returns 0, or a failure) once all steps are done, and marks the run as finished; puts a stopped
 * job back in the queue, which ends this process. outcome may be NULL.
 */
int32_t cairn_finish(cairn_run *run, int32_t (*last_work)(void *host), void *host, cairn_outcome *outcome);

/* ---- checkpoints without a run: Checkpoint. Nothing is claimed and nothing is written, and every byte that is read is checked ---- */

typedef struct {
    int64_t step;             /* -1 of a safetensors file */
    int64_t bytes;
    double saved_at;          /* in unix seconds; 0 where it cannot be read */
    const char *path;
    const char *problem;      /* why a run would not go on from it; NULL when it is good */
    const cairn_value *metrics;
    size_t metric_count;
    const char *const *parts; /* their names */
    size_t part_count;
} cairn_checkpoint_info;

/* The checkpoints of a folder, the newest first. */
int32_t cairn_list(const char *folder, const cairn_checkpoint_info **found, size_t *count);

typedef struct cairn_checkpoint cairn_checkpoint;

/*
 * Opens one of a folder, by the options step, lowest and highest of cairn_start_from; or a safetensors file, which has the tensors of one part, whatever it is
 * called. What cannot be used is passed over, and told of on standard error.
 */
int32_t cairn_open_checkpoint(const char *source, const char *const *options, cairn_checkpoint **checkpoint);

int32_t cairn_close_checkpoint(cairn_checkpoint *checkpoint);

int32_t cairn_look_checkpoint(cairn_checkpoint *checkpoint, cairn_checkpoint_info *info);

/* What it has of a part, for cairn_read; lives until the checkpoint is closed. rank: whose, where each has its own state; else -1. */
int32_t cairn_saved_part(cairn_checkpoint *checkpoint, const char *part, int32_t rank, cairn_saved *saved);

/*
 * Loads parts of these names. Nothing is touched unless all of them fit. rank: whose own state, else -1; names (may be NULL): which tensors go where.
 * words (may be NULL): what was loaded and what was not.
 */
int32_t cairn_load(
    cairn_checkpoint *checkpoint, const char *const *part_names, const cairn_part *parts, size_t count, int32_t rank, const cairn_names *names,
    const char **words);

/* Writes all tensors of a part into one safetensors file, as `cairn export` does. */
int32_t cairn_export(cairn_checkpoint *checkpoint, const char *part, const char *path);

#ifdef __cplusplus
}
#endif
#endif
