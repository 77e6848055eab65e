/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/err.h"
#include "orchestrator/git/handle.h"
#include "orchestrator/git/repo_config.h"

enum { VALUE_MAX = 512, SECONDS_A_MINUTE = 60, ZONE_MAX = 14 * 60 };

/* In the order of git (git-commit-tree(1), git-config(1)). */
static const struct {
    const char *name, *email, *date;
    const char *name_key, *email_key;
} roles[] = {
    {"GIT_AUTHOR_NAME",    "GIT_AUTHOR_EMAIL",    "GIT_AUTHOR_DATE",    "author.name",    "author.email"},
    {"GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "GIT_COMMITTER_DATE", "committer.name",
     "committer.email"                                                                                  },
};

static bool find(const git_config *config, const char *variable, const char *key,
                 const char *general, char out[VALUE_MAX]) {
    const char *said = getenv(variable);
    if (said)
        return snprintf(out, VALUE_MAX, "%s", said) < VALUE_MAX;
    return repo_config_find(config, key, out, VALUE_MAX) ||
           repo_config_find(config, general, out, VALUE_MAX);
}

/* A number of least to most digits at *text, which moves behind it; -1 where none is. */
static int64_t take_number(const char **text, size_t least, size_t most) {
    size_t len = strspn(*text, "0123456789");
    int64_t value = 0;
    len = len < most ? len : most;
    for (size_t i = 0; i < len; i++)
        value = value * 10 + (*text)[i] - '0';
    *text += len;
    return len >= least ? value : -1;
}

/* Whether one of these stands at *text, which moves behind it. */
static bool take_one(const char **text, const char *of) {
    bool is_there = **text && strchr(of, **text);
    *text += is_there;
    return is_there;
}

/* "+0130", "-01:30", "Z": minutes east of Greenwich. */
static bool read_zone(const char *text, int *minutes) {
    int64_t hours, rest;
    int sign = *text == '-' ? -1 : 1;
    if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0) {
        *minutes = 0;
        return true;
    }
    if (!take_one(&text, "+-") || (hours = take_number(&text, 2, 2)) < 0)
        return false;
    (void)take_one(&text, ":");
    if ((rest = take_number(&text, 2, 2)) < 0 || *text || hours * 60 + rest > ZONE_MAX)
        return false;
    *minutes = (int)(hours * 60 + rest) * sign;
    return true;
}

/* "@1700000000 +0100", with or without the mark. */
static bool read_seconds(const char *text, git_time *out) {
    enum { DIGITS_MAX = 18 };
    (void)take_one(&text, "@");
    int64_t seconds = take_number(&text, 1, DIGITS_MAX);
    if (seconds < 0 || !take_one(&text, " "))
        return false;
    out->time = seconds;
    return read_zone(text + strspn(text, " "), &out->offset);
}

/* "2026-01-31T12:30:59+01:00", with a blank for the T, and local time without a zone. */
static bool read_iso(const char *text, git_time *out) {
    static const char *const behind[] = {"-", "-", "T ", ":", ":", NULL};
    int64_t n[6];
    for (int i = 0; i < 6; i++) {
        n[i] = take_number(&text, i == 0 ? 4 : 2, i == 0 ? 4 : 2);
        if (n[i] < 0 || (behind[i] && !take_one(&text, behind[i])))
            return false;
    }
    struct tm t = {.tm_year = (int)n[0] - 1900,
                   .tm_mon = (int)n[1] - 1,
                   .tm_mday = (int)n[2],
                   .tm_hour = (int)n[3],
                   .tm_min = (int)n[4],
                   .tm_sec = (int)n[5],
                   .tm_isdst = -1};
    text += strspn(text, " ");
    if (*text) {
        out->time = timegm(&t);
        bool good = read_zone(text, &out->offset);
        out->time -= (git_time_t)out->offset * SECONDS_A_MINUTE;
        return good;
    }
    out->time = mktime(&t);
    out->offset = (int)(t.tm_gmtoff / SECONDS_A_MINUTE);
    return true;
}

static int make(enum identity_role role, const char *name, const char *email, git_signature **out) {
    const char *date = getenv(roles[role].date);
    git_time when = {0};
    int got = 0;
    if (date && *date && !read_seconds(date, &when) && !read_iso(date, &when))
        return err_set(ERR_NOTNOW,
                       "%s is \"%s\"; seconds and a zone, \"1700000000 +0100\", are wanted, or "
                       "\"2026-01-31T12:30:59+01:00\"",
                       roles[role].date, date);
    got = date && *date ? git_signature_new(out, name, email, when.time, when.offset)
                        : git_signature_now(out, name, email);
    return got == 0
               ? 0
               : err_set(ERR_NOTNOW, "nobody commits as \"%s <%s>\": it is no name and address",
                         name, email);
}

int identity_find(const struct commits *c, enum identity_role role, git_signature **out) {
    char name[VALUE_MAX] = "", email[VALUE_MAX] = "";
    git_config *config = NULL;
    if (git_repository_config_snapshot(&config, c->repo) != 0)
        return commits_fail(c, ERR_IO, "reading the configuration");
    const char *address = getenv("EMAIL");
    bool known = find(config, roles[role].name, roles[role].name_key, "user.name", name) && *name;
    if (!find(config, roles[role].email, roles[role].email_key, "user.email", email) && address)
        snprintf(email, sizeof(email), "%s", address);
    git_config_free(config);
    if (!known || !*email)
        return err_set(ERR_NOTNOW,
                       "git does not know who commits here; set user.name and user.email");
    return make(role, name, email, out);
}
