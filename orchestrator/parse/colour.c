/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/parse/colour.h"

size_t colour_len(const char *text, const char *end) {
    const char *at = text;
    if (end - at < 3 || at[0] != '\x1b' || at[1] != '[')
        return 0;
    at += 2;
    while (at < end && *at >= 0x20 && *at <= 0x3f) /* parameters, and what may follow them */
        at++;
    return at < end && *at >= 0x40 && *at <= 0x7e ? (size_t)(at + 1 - text) : 0;
}
