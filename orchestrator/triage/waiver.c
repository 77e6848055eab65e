/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/triage/waiver.h"

#include <string.h>

#include "engine/base/clock.h"
#include "orchestrator/triage/signature.h"
#include "orchestrator/triage/wildcard.h"

enum { DATE_LEN = 10 };

static bool matches(const char *const *patterns, const char *name) {
    for (size_t i = 0; patterns[i]; i++)
        if (wildcard_matches(patterns[i], name))
            return true;
    return false;
}

bool waiver_covers(const struct waiver *w, const char *cell, const char *case_name) {
    return matches(w->cells, cell) && matches(w->cases, case_name);
}

bool waiver_has_signature(const struct waiver *w, const char *hash) {
    for (size_t i = 0; w->signatures[i]; i++)
        if (strncmp(w->signatures[i], hash, strlen(w->signatures[i])) == 0)
            return true;
    return false;
}

/* Days written so sort as they follow one another. */
bool waiver_is_expired(const struct waiver *w, int64_t now_ms) {
    char now[CLOCK_ISO_SIZE];
    return strncmp(clock_iso(now_ms, now), w->expires, DATE_LEN) > 0;
}

static int number(const char *text, int digits) {
    int n = 0;
    for (int i = 0; i < digits; i++)
        n = 10 * n + (text[i] - '0');
    return n;
}

bool waiver_is_date(const char *text) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    for (int i = 0; i < DATE_LEN; i++) {
        bool dash = i == 4 || i == 7;
        if (dash ? text[i] != '-' : text[i] < '0' || text[i] > '9')
            return false;
    }
    int year = number(text, 4), month = number(text + 5, 2), day = number(text + 8, 2);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return text[DATE_LEN] == '\0' && year >= 1970 && month >= 1 && month <= 12 && day >= 1 &&
           day <= days[month - 1] + (leap && month == 2);
}

bool waiver_is_signature(const char *text) {
    size_t len = strspn(text, "0123456789abcdef");
    return !text[len] && len >= WAIVER_SIGNATURE_MIN && len < SIGNATURE_SIZE;
}
