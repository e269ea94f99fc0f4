/* Tensors whose bytes a function gives, as of a device: saved, compared with one in memory, and every wrong use of them. */
#include "cairn.h"

#include <stdio.h>
#include <string.h>

enum { MANY = 1000000 }; /* 8 MB: several pieces */

static double memory[MANY];
static const int64_t shape[] = { MANY };
static int64_t pieces, fails;

static int32_t copy(void *host, int64_t offset, void *to, int64_t count)
{
    if (fails) {
        cairn_fail("the device is gone");
        return 1;
    }
    pieces++;
    memcpy(to, (char *)host + offset, count);
    return 0;
}

static int show(int code)
{
    printf("%d %s\n", code, code == CAIRN_OK ? "" : cairn_error());
    return code;
}

int main(int count, char **arguments)
{
    static cairn_source source = { copy, memory }, none = { NULL, memory };
    const cairn_tensor model[] = { { "there", &source, shape, CAIRN_FLOAT64, 1, CAIRN_BY_FUNCTION | CAIRN_OPTIMIZER_STEP, 0 },
                                   { "here", memory, shape, CAIRN_FLOAT64, 1, CAIRN_OPTIMIZER_STEP, 0 } };
    const cairn_tensor wrong[] = { { "there", &none, shape, CAIRN_FLOAT64, 1, CAIRN_BY_FUNCTION, 0 } };
    const char *options[] = { "save-every-steps=1", "when-still-saving=wait", count > 2 ? arguments[2] : NULL, NULL };
    cairn_run *run;
    int64_t step;
    if (cairn_open(arguments[1], options, &run))
        return show(1);
    show(cairn_track(run, "wrong", wrong, 1));
    if (cairn_track(run, "model", model, 2) || cairn_steps(run, 4))
        return show(1);
    while (cairn_next(run, &step) == CAIRN_STEP) {
        cairn_before_optimizer_step(run);
        for (int i = 0; i < MANY; i++)
            memory[i] += i + step;
        if (step == 2)
            fails = 1;
    }
    puts(cairn_error());
    cairn_close(run, NULL);

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
           pieces >= 4 ? "in pieces" : "AT ONCE");
    return 0;
}
