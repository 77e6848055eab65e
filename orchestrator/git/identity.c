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

/* "+0130", "-01:30", "Z": minutes east of Greenwich. */
static bool read_zone(const char *text, int *minutes) {
    int hours, rest;
    char sign, end;
    if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0) {
        *minutes = 0;
        return true;
    }
    if (sscanf(text, "%c%2d%2d%c", &sign, &hours, &rest, &end) != 3 &&
        sscanf(text, "%c%2d:%2d%c", &sign, &hours, &rest, &end) != 3)
        return false;
    *minutes = (hours * 60 + rest) * (sign == '-' ? -1 : 1);
    return (sign == '+' || sign == '-') && hours >= 0 && rest >= 0 && *minutes <= ZONE_MAX &&
           *minutes >= -ZONE_MAX;
}

/* "@1700000000 +0100", with or without the mark. */
static bool read_seconds(const char *text, git_time *out) {
    long long seconds;
    char zone[16];
    if (sscanf(text + (*text == '@'), "%lld %15s", &seconds, zone) != 2 || seconds < 0)
        return false;
    out->time = seconds;
    return read_zone(zone, &out->offset);
}

/* "2026-01-31T12:30:59+01:00", with a blank for the T, and local time without a zone. */
static bool read_iso(const char *text, git_time *out) {
    struct tm t = {.tm_isdst = -1};
    int used = 0;
    if (sscanf(text, "%4d-%2d-%2d%*1[T ]%2d:%2d:%2d%n", &t.tm_year, &t.tm_mon, &t.tm_mday,
               &t.tm_hour, &t.tm_min, &t.tm_sec, &used) != 6)
        return false;
    t.tm_year -= 1900;
    t.tm_mon--;
    text += used + strspn(text + used, " ");
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
