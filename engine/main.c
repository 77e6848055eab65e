/* SPDX-License-Identifier: Apache-2.0 */
/* noctule-engine: one program, one command per file in cmd/. */
#include "engine/base/cmd.h"

extern const struct cmd *const cmd_table[];

int main(int argc, char **argv) {
    return cmd_main("noctule-engine", "Runs, inspects and checks transformer models.", cmd_table,
                    argc, argv);
}
