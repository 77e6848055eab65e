/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/shell/push.h"

#include <stdbool.h>
#include <string.h>

/* Options of git itself whose value is the next word. */
static const char *const with_value[] = {
    "-c",           "-C",          "--git-dir",      "--work-tree",   "--namespace",
    "--config-env", "--exec-path", "--super-prefix", "--attr-source",
};

static bool is_among(const char *word, const char *const *all, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (strcmp(all[i], word) == 0)
            return true;
    return false;
}

static bool begins(const char *word, const char *with) {
    return strncmp(word, with, strlen(with)) == 0;
}

/* "-f" also among other letters; "--force-with-lease" forces, too. */
static bool is_forcing(const char *word) {
    if (begins(word, "--"))
        return begins(word, "--force") || strcmp(word, "--mirror") == 0 ||
               begins(word, "--delete") || begins(word, "--prune");
    if (*word == '-')
        return strpbrk(word, "fd") != NULL;
    return *word == '+' || (*word == ':' && word[1]);
}

/* What is behind the verb. */
static enum push judge(const char *const *argv, size_t argc) {
    for (size_t i = 0; i < argc; i++)
        if (is_forcing(argv[i]))
            return PUSH_FORCED;
    return PUSH_PLAIN;
}

/* alias.NAME=push … , and !git push … */
static enum push of_alias(const char *setting) {
    const char *equal = begins(setting, "alias.") ? strchr(setting, '=') : NULL;
    const char *at = equal ? strstr(equal, "push") : NULL;
    if (!at)
        return PUSH_NONE;
    return strstr(at, " -f") || strstr(at, "--force") || strstr(at, " +") || strstr(at, "--mirror")
               ? PUSH_FORCED
               : PUSH_PLAIN;
}

enum push push_of(const char *const *argv, size_t argc) {
    /* receive-pack is what a push to a folder ends in, whoever started it. */
    static const char *const verbs[] = {"push", "send-pack", "http-push", "receive-pack"};
    enum { VERBS = sizeof(verbs) / sizeof(*verbs) };
    const char *slash = argc ? strrchr(argv[0], '/') : NULL;
    const char *name = argc == 0 ? "" : slash ? slash + 1 : argv[0];
    enum push alias = PUSH_NONE;
    if (begins(name, "git-") && is_among(name + 4, verbs, VERBS))
        return judge(argv + 1, argc - 1);
    if (strcmp(name, "git") != 0)
        return PUSH_NONE;
    for (size_t i = 1; i < argc; i++) {
        if (*argv[i] != '-') {
            enum push own =
                is_among(argv[i], verbs, VERBS) ? judge(argv + i + 1, argc - i - 1) : PUSH_NONE;
            return own > alias ? own : alias;
        }
        if (is_among(argv[i], with_value, sizeof(with_value) / sizeof(*with_value))) {
            i++;
            if (i < argc && strcmp(argv[i - 1], "-c") == 0 && of_alias(argv[i]) > alias)
                alias = of_alias(argv[i]);
        }
    }
    return PUSH_NONE;
}
