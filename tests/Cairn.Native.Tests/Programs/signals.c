/* Which signals' dispositions the library changes: a whole run, with what it says and a command of the user's, and its end. Each changed one a line. */
#include "cairn.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static struct sigaction before[65];

static void mine(int number)
{
    (void)number;
}

static int is_ours(int number)
{
    return number != SIGKILL && number != SIGSTOP && (number < 32 || number >= SIGRTMIN);
}

static void compare(const char *when)
{
    for (int number = 1; number <= 64; number++) {
        struct sigaction now;
        if (is_ours(number) && sigaction(number, NULL, &now) == 0
                && (now.sa_handler != before[number].sa_handler || now.sa_flags != before[number].sa_flags)) {
            printf("%s: %d\n", when, number);
            before[number] = now;
        }
    }
}

int main(int count, char **arguments)
{
    /* Every other one has a handler, as a host's interpreter or a framework may have it; the others what they are born with. */
    for (int number = 1; number <= 64; number++)
        if (is_ours(number)) {
            struct sigaction action;
            memset(&action, 0, sizeof action);
            action.sa_handler = number % 2 == count % 2 ? mine : SIG_DFL;
            sigaction(number, &action, NULL);
            sigaction(number, NULL, &before[number]);
        }

    static double weights[4];
    static const int64_t four[] = { 4 };
    const cairn_tensor model[] = { { "weights", weights, four, CAIRN_FLOAT64, 1, 0, 0 } };
    const char *options[] = { "save-every-steps=1", "notify=/bin/true", arguments[2], NULL };
    cairn_run *run;
    cairn_outcome outcome;
    int64_t step;
    cairn_abi();
    compare("loaded");
    if (cairn_open(arguments[1], options, &run) || cairn_track(run, "model", model, 1) || cairn_steps(run, 3))
        return puts(cairn_error()), 1;
    compare("opened");
    while (cairn_next(run, &step) == CAIRN_STEP)
        weights[0] += 1;
    compare("trained");
    if (cairn_finish(run, NULL, NULL, &outcome))
        return puts(cairn_error()), 1;
    compare("finished");
    cairn_close(run, NULL);
    compare("closed");
    return 0;
}
