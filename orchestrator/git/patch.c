/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/patch.h"

#include <git2.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"

int patch_print(struct buf *out, const char *path, const struct buf *before,
                const struct buf *after) {
    git_patch *patch = NULL;
    git_buf text = {0};
    git_libgit2_init();
    int rc = git_patch_from_buffers(&patch, before->data, before->len, path, after->data,
                                    after->len, path, NULL);
    if (rc == 0 && git_patch_num_hunks(patch))
        rc = git_patch_to_buf(&text, patch);
    if (rc == 0) {
        buf_add(out, text.ptr, text.size);
    } else {
        const git_error *e = git_error_last();
        rc = err_set(ERR_IO, "comparing %s: %s", path, e ? e->message : "git failed");
    }
    git_buf_dispose(&text);
    git_patch_free(patch);
    git_libgit2_shutdown();
    return rc;
}
