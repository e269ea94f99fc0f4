/* Tensors that a device copies, which the program's own functions are: saved, compared with one in memory, and every wrong use of them. */
#include "cairn.h"

#include <stdio.h>
#include <string.h>

enum { MANY = 1000000 }; /* 8 MB: several pieces */

static double memory[MANY];
static const int64_t shape[] = { MANY };
static int64_t largest, fails, there;
static cairn_piece begun[8];
static size_t waits;

/* Nothing is there before somebody waits. */
static int32_t copy(void *host, const cairn_piece *some, size_t count, void **wait)
{
    if (fails == 1) {
        cairn_fail("the device is gone");
        return 1;
    }
    for (size_t i = 0; i < count; i++) {
        begun[i] = some[i];
        largest = some[i].count > largest ? some[i].count : largest;
    }
    waits = count;
    *wait = host;
    return 0;
}

static int32_t arrive(void *what)
{
    if (fails == 2)
        return 700;
    for (size_t i = 0; i < waits; i++)
        memcpy(begun[i].to, (char *)begun[i].tensor + begun[i].offset, begun[i].count);
    return what != begun;
}

/* Registered with the device, say. */
static int32_t remember(void *host, void *place, int64_t count, int32_t comes)
{
    there += comes ? count : -count;
    if (comes)
        memset(place, 1, count);
    *(int64_t *)host += 1;
    return 0;
}

static int show(int code)
{
    printf("%d %s\n", code, code == CAIRN_OK ? "" : cairn_error());
    return code;
}

int main(int count, char **arguments)
{
    static cairn_device device = { copy, arrive, begun }, no_copy = { NULL, arrive, begun };
    static cairn_source source = { &device, memory }, none = { &no_copy, memory }, nowhere = { NULL, memory };
    int64_t told = 0;
    const cairn_tensor model[] = { { "there", &source, shape, CAIRN_FLOAT64, 1, CAIRN_ON_DEVICE | CAIRN_OPTIMIZER_STEP, 0 },
                                   { "here", memory, shape, CAIRN_FLOAT64, 1, CAIRN_OPTIMIZER_STEP, 0 } };
    const cairn_tensor wrong[] = { { "there", &none, shape, CAIRN_FLOAT64, 1, CAIRN_ON_DEVICE, 0 },
                                   { "nowhere", &nowhere, shape, CAIRN_FLOAT64, 1, CAIRN_ON_DEVICE, 0 } };
    const char *options[] = { "save-every-steps=1", "when-still-saving=wait", count > 2 ? arguments[2] : NULL, NULL };
    cairn_run *run;
    int64_t step;
    if (cairn_open(arguments[1], options, &run))
        return show(1);
    show(cairn_track(run, "wrong", wrong, 1));
    show(cairn_track(run, "wrong", wrong + 1, 1));
    show(cairn_on_memory(run, NULL, NULL));
    if (cairn_on_memory(run, remember, &told))
        return show(1);
    if (cairn_track(run, "model", model, 2) || cairn_steps(run, 4))
        return show(1);
    while (cairn_next(run, &step) == CAIRN_STEP) {
        cairn_before_optimizer_step(run);
        for (int i = 0; i < MANY; i++)
            memory[i] += i + step;
        if (step == 2)
            fails = count > 3 ? 2 : 1;
    }
    puts(cairn_error());
    cairn_close(run, NULL);
    printf("memory came and went %d times, and %d bytes stay\n", (int)told, (int)there);

    /* Goes on from the save before; what is put back needs memory. */
    fails = 0;
    if (cairn_open(arguments[1], options, &run) || cairn_track(run, "model", model, 2))
        return show(1);
    show(cairn_restore(run, &step));
    cairn_close(run, NULL);

    cairn_checkpoint *checkpoint;
    cairn_saved saved;
    if (cairn_open_checkpoint(arguments[1], (const char *[]) { NULL }, &checkpoint) || cairn_saved_part(checkpoint, "model", -1, &saved))
        return show(1);
    static double both[2][MANY];
    const cairn_tensor targets[] = { { "there", both[0], shape, CAIRN_FLOAT64, 1, 0, 0 }, { "here", both[1], shape, CAIRN_FLOAT64, 1, 0, 0 } };
    if (cairn_read(&saved, targets, 2))
        return show(1);
    printf("%s, %s\n", memcmp(both[0], both[1], sizeof both[0]) == 0 && both[0][MANY - 1] == 2.0 * (MANY - 1) + 1 ? "equal" : "DIFFERENT",
           largest == sizeof memory ? "at once" : "in pieces");
    return 0;
}
