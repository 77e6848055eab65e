/* SPDX-License-Identifier: Apache-2.0 */
/* log: one line per event, on stderr, for people. stdout is the product and is never logged to. */
#pragma once

enum log_level { LOG_QUIET, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Process-wide; LOG_INFO at first. */
void log_set_level(enum log_level level);
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
