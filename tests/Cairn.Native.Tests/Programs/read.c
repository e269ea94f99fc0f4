/* What the checkpoints of a folder have, read without a run: each step, and a part's tensors, summed; then some of them under another name. */
#include "cairn.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double loaded[1000];
static const int64_t shape[] = { 1000 };

static int complain(void)
{
    fprintf(stderr, "read: %d %s\n", cairn_error_exit_code(), cairn_error());
    return cairn_error_exit_code();
}

static int32_t describe(void *host, cairn_state *state)
{
    static const cairn_tensor mine[] = { { "renamed", loaded, shape, CAIRN_FLOAT64, 1, 0, 0 } };
    (void)host;
    state->tensors = mine;
    state->tensor_count = 1;
    return 0;
}

static int32_t differences(void *host, const cairn_saved *saved)
{
    (void)host;
    return saved->tensor_count == 1 ? 0 : cairn_difference(saved, "it is not one tensor");
}

static int32_t restore(void *host, const cairn_saved *saved)
{
    cairn_state state = { 0 };
    describe(host, &state);
    return cairn_read(saved, state.tensors, saved->tensor_count);
}

static int32_t saved_name(void *host, const char *name, const char **text)
{
    if (strcmp(name, "renamed") == 0)
        *text = host;
    return 0;
}

static double sum(const double *numbers)
{
    double all = 0;
    for (int i = 0; i < 1000; i++)
        all += numbers[i];
    return all;
}

int main(int count, char **arguments)
{
    if (count < 3)
        return 2;
    const cairn_checkpoint_info *found;
    size_t many;
    if (cairn_list(arguments[1], &found, &many))
        return complain();
    for (size_t i = 0; i < many; i++)
        printf("%" PRId64 " %" PRId64 " %s\n", found[i].step, found[i].bytes, found[i].problem == NULL ? "good" : found[i].problem);

    const char *options[] = { arguments[2], NULL };
    cairn_checkpoint *checkpoint;
    cairn_checkpoint_info info;
    cairn_saved saved;
    if (cairn_open_checkpoint(arguments[1], options, &checkpoint) || cairn_look_checkpoint(checkpoint, &info)
            || cairn_saved_part(checkpoint, "model", -1, &saved))
        return complain();
    double weights[1000];
    const cairn_tensor target[] = { { saved.tensors[0].name, weights, shape, CAIRN_FLOAT64, 1, 0, 0 } };
    if (saved.tensor_count != 1 || cairn_read(&saved, target, 1))
        return complain();
    printf("step %" PRId64 " %s %.17g\n", info.step, saved.tensors[0].name, sum(weights));

    const char *parts[] = { "model" }, *words;
    const cairn_part part[] = { { describe, differences, restore, NULL, CAIRN_SAME, 0 } };
    const cairn_names names = { saved_name, "weights", 0, 0 };
    if (cairn_load(checkpoint, parts, part, 1, -1, NULL, NULL) == CAIRN_OK || cairn_load(checkpoint, parts, part, 1, -1, &names, &words))
        return complain();
    printf("%s %.17g\n", words, sum(loaded));
    if (cairn_export(checkpoint, "model", "exported.safetensors") || cairn_close_checkpoint(checkpoint))
        return complain();
    return cairn_close_checkpoint(checkpoint) == CAIRN_MISUSE ? 0 : 3;
}
