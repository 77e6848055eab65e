/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/shell/intent.h"

#include <stdbool.h>
#include <string.h>

#include "engine/base/arena.h"
#include "orchestrator/shell/push.h"

/* By the name of a program. */
static const struct {
    const char *programs; /* "curl|wget" */
    enum intent intent;
} rows[] = {
    {"curl|wget|nc|ncat|netcat|socat|telnet|ftp|sftp|scp|rsync|ssh|dig|nslookup|host|ping|pip|pip3|"
     "npm|npx|apt|apt-get|gem|gh|glab",                              INTENT_NETWORK },
    {"nohup|setsid|disown|daemonize|daemon|start-stop-daemon|at|batch|crontab|systemd-run|"
     "systemctl|screen|tmux",                                        INTENT_DAEMON  },
    {"ln|symlink|link",                                                   INTENT_SYMLINK },
    {"rm|unlink|rmdir|shred|-delete",                                     INTENT_DELETION},
    {"tee|cp|mv|install|dd|touch|truncate|patch|sed|chmod|chown|>|>>|>|", INTENT_WRITING },
};

/* Wherever it stands: interpreters are told so in many ways. */
static const char *const networks[] = {"/dev/tcp/", "/dev/udp/",   "import socket", "IO::Socket",
                                       "urllib",    "http.client", "requests.",     "http://",
                                       "https://",  "ftp://"};

static const char *const names[] = {
#define X(name, word) word,
    INTENT_MAP(X)
#undef X
        ""};

const char *intent_name(enum intent intent) {
    return names[intent];
}

/* Words and, each by itself, what parts commands. */
static size_t split(struct arena *arena, const char *line, const char **words) {
    static const char ends[] = " \t\r\n;|&()`$<>", quotes[] = "'\"";
    size_t len = 0;
    while (*line && len < INTENT_WORDS_MAX) {
        if (strchr(" \t\r", *line)) {
            line++;
            continue;
        }
        if (strchr(";|&()`$<>\n", *line)) {
            size_t n = line[1] == *line ? 2 : 1;
            words[len++] = arena_strndup(arena, line, n);
            line += n;
            continue;
        }
        char *word = arena_strdup(arena, line), *to = word, quote = '\0';
        for (; *line && (quote || !strchr(ends, *line)); line++) {
            if (quote ? *line == quote : strchr(quotes, *line) != NULL)
                quote = quote ? '\0' : *line;
            else if (*line != '\\')
                *to++ = *line;
        }
        *to = '\0';
        words[len++] = word;
    }
    return len;
}

static bool parts(const char *word) {
    return strchr(";|&()`\n", *word) != NULL && *word;
}

static bool names_it(const char *programs, const char *word) {
    size_t len = strlen(word);
    for (const char *at = programs; *at;) {
        size_t one = strcspn(at, "|");
        if (one == len && strncmp(at, word, len) == 0)
            return true;
        at += one + (at[one] == '|');
    }
    return false;
}

static enum intent of_word(const char *const *words, size_t i, size_t len) {
    const char *slash = strrchr(words[i], '/'), *name = slash ? slash + 1 : words[i];
    for (size_t n = 0; n < sizeof(networks) / sizeof(*networks); n++)
        if (strstr(words[i], networks[n]))
            return INTENT_NETWORK;
    if (strcmp(name, "git") == 0) {
        size_t count = 0;
        while (i + count < len && !parts(words[i + count]))
            count++;
        enum push push = push_of(words + i, count);
        return push == PUSH_FORCED  ? INTENT_FORCE_PUSH
               : push == PUSH_PLAIN ? INTENT_PUSH
                                    : INTENT_NONE;
    }
    /* Alone it sends a command to the background; ">&" and "&>" do not. */
    if (strcmp(words[i], "&") == 0 && (i == 0 || *words[i - 1] != '>') &&
        (i + 1 == len || *words[i + 1] != '>'))
        return INTENT_DAEMON;
    for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++)
        if (*name && names_it(rows[r].programs, name))
            return rows[r].intent;
    return INTENT_NONE;
}

enum intent intent_of(struct arena *arena, const char *line, const char *const **words,
                      size_t *len) {
    const char **all = arena_array(arena, INTENT_WORDS_MAX + 1, sizeof(*all));
    enum intent found = INTENT_NONE;
    bool soft = false;
    *len = split(arena, line, all);
    *words = all;
    for (size_t i = 0; i < *len; i++) {
        enum intent one = of_word(all, i, *len);
        /* Words inside of another command's text: sh -c "…", python -c "…". */
        if (one == INTENT_NONE && strpbrk(all[i], " ;\n") && strlen(all[i]) < strlen(line)) {
            const char *const *inner;
            size_t count;
            one = intent_of(arena, all[i], &inner, &count);
        }
        soft = soft || strcmp(all[i], "-s") == 0 || strcmp(all[i], "--symbolic") == 0 ||
               strcmp(all[i], "-sf") == 0 || strcmp(all[i], "-sfn") == 0;
        found = one < found ? one : found;
    }
    return found == INTENT_SYMLINK && !soft ? INTENT_HARD_LINK : found;
}
