/* SPDX-License-Identifier: Apache-2.0 */
/* chat: what the command of a driver or of a reviewer said while it worked. It goes to a file
 * beside the steps of the fix; people are shown its end when that came to nothing. */
#pragma once

/* The last lines of the file on stderr, with its path, and what could steer a terminal taken out of
 * them. Nothing when there is none, or nothing in it. */
void chat_show_end(const char *path);
