/* SPDX-License-Identifier: Apache-2.0 */
/* table: prints the contest as the Markdown table of docs/bisect.md. */
#include <stdio.h>

#include "tests/bisect/contest.h"

enum { WORLDS = 400, LEAST = 8, MOST = 200, FIRST_SEED = 1 };

static const double flakes[] = {0, 0.02, 0.1, 0.3};

static void print_row(enum world_kind kind, double flake, enum contest_method method) {
    struct contest_score s = {0};
    for (uint64_t seed = FIRST_SEED; seed < FIRST_SEED + WORLDS; seed++)
        contest_play(&s, method, kind, LEAST, MOST, flake, seed);
    double percent = 100.0 / s.worlds;
    printf("| %s | %.0f %% | %s | %.1f | %.2f | %.1f | %.2f | %.1f | %.1f | %+.1f | %.1f |\n",
           world_name(kind), flake * 100, contest_method_name(method), s.right * percent,
           s.wrong * percent, s.range * percent, s.astray * percent, s.gave_up * percent,
           s.builds / s.worlds, s.most_over, s.runs / s.worlds);
}

int main(void) {
    printf("Percent of %d histories of %d to %d commits each; `most` is the most builds in one of "
           "them, less log2 of its commits.\n\n",
           WORLDS, LEAST, MOST);
    printf("| history | flake | method | right | **false culprit** | range, right | range, wrong |"
           " gave up | builds | most | runs |\n");
    printf("|:--|--:|:--|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    for (int kind = 0; kind < WORLD_KINDS; kind++)
        for (size_t f = 0; f < sizeof(flakes) / sizeof(flakes[0]); f++)
            for (int method = 0; method < CONTEST_METHODS; method++)
                print_row((enum world_kind)kind, flakes[f], (enum contest_method)method);
    return 0;
}
