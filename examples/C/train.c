/*
 * A program in C that survives: it fits a line to noisy points by stochastic gradient descent with momentum. Stop it as you like (USR2, TERM, Ctrl-C, KILL)
 * and start it again: it ends with the same bytes in its result as one that nobody stopped.
 *
 *     cc -O2 -I src/Cairn.Native examples/C/train.c -L artifacts/linux-x64 -lcairn -Wl,-rpath,$PWD/artifacts/linux-x64 -o train
 *     ./train checkpoints result 2000
 */
#include "cairn.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { FEATURES = 1000, BATCH = 8 };

static double weights[FEATURES], velocity[FEATURES];
static uint64_t generator = 17; /* of random numbers: as much a part of the state as the weights */

static double noise(void)
{
    generator = generator * 6364136223846793005u + 1442695040888963407u;
    return (double)(generator >> 11) / (double)(1ull << 53) - 0.5;
}

static double train(void)
{
    static double gradient[FEATURES], point[FEATURES];
    double loss = 0;
    for (int i = 0; i < FEATURES; i++)
        gradient[i] = 0;
    for (int example = 0; example < BATCH; example++) {
        double error = 0.1 * noise();
        for (int i = 0; i < FEATURES; i++) {
            point[i] = noise();
            error += (weights[i] - 1.0 / (1 + i)) * point[i];
        }
        for (int i = 0; i < FEATURES; i++)
            gradient[i] += error * point[i] / BATCH;
        loss += error * error / BATCH;
    }
    for (int i = 0; i < FEATURES; i++) {
        velocity[i] = 0.9 * velocity[i] - 0.005 * gradient[i];
        weights[i] += velocity[i];
    }
    return loss;
}

/* The last work: done once, when all steps are done. */
static int32_t write_result(void *path)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(weights, sizeof weights, 1, file) != 1 || fclose(file) != 0) {
        cairn_fail("the result cannot be written");
        return 1;
    }
    return 0;
}

static int complain(void)
{
    fprintf(stderr, "train: %s\n", cairn_error());
    return cairn_error_exit_code();
}

int main(int count, char **arguments)
{
    if (count < 4) {
        fprintf(stderr, "usage: train FOLDER RESULT STEPS [MICROSECONDS-A-STEP]\n");
        return 2;
    }
    const struct timespec pause = { 0, count > 4 ? atol(arguments[4]) * 1000 : 0 };

    const char *options[] = { "save-every-steps=100", "keep-last=3", NULL };
    const int64_t many[] = { FEATURES };
    const cairn_tensor model[] = { { "weights", weights, many, CAIRN_FLOAT64, 1, 0, 0 } };
    const cairn_tensor optimizer[] = { { "velocity", velocity, many, CAIRN_FLOAT64, 1, 0, 0 } };
    const cairn_tensor random[] = { { "state", &generator, NULL, CAIRN_INT64, 0, 0, 0 } };
    cairn_run *run;
    if (cairn_open(arguments[1], options, &run) != CAIRN_OK)
        return complain();
    if (cairn_track(run, "model", model, 1) || cairn_track(run, "optimizer", optimizer, 1) || cairn_track(run, "random", random, 1)
            || cairn_steps(run, atoll(arguments[3])))
        return complain();

    int64_t step;
    int answer;
    while ((answer = cairn_next(run, &step)) == CAIRN_STEP) {
        double loss = train();
        if (step % 50 == 0) {
            printf("step %" PRId64 " loss %.17g\n", step, loss);
            fflush(stdout);
            cairn_report(run, "loss", loss);
        }
        nanosleep(&pause, NULL);
    }
    if (answer != CAIRN_OK)
        return complain();

    cairn_outcome outcome;
    if (cairn_finish(run, write_result, arguments[2], &outcome) != CAIRN_OK || cairn_close(run, NULL) != CAIRN_OK)
        return complain();
    return outcome.exit_code;
}
