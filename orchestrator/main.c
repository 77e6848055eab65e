/* SPDX-License-Identifier: Apache-2.0 */
/* noctule: one program, one command per file in cmd/. */
#include "engine/base/cmd.h"

extern const struct cmd *const cmd_table[];

int main(int argc, char **argv) {
    return cmd_main("noctule", "Sweeps model families and says what changed, and why.", cmd_table,
                    argc, argv);
}
