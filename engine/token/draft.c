/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/token/draft.h"

#include "engine/base/err.h"

void draft_done(struct draft *d) {
    text_done(&d->text);
    text_done(&d->next_text);
    text_done(&d->work);
    free(d->pieces.data);
    free(d->next_pieces.data);
    free(d->cuts.data);
    *d = (struct draft){0};
}

void draft_take_pieces(struct draft *d) {
    struct pieces p = d->pieces;
    d->pieces = d->next_pieces;
    d->next_pieces = p;
    d->next_pieces.len = 0;
}

void draft_take_text(struct draft *d) {
    struct text t = d->text;
    d->text = d->next_text;
    d->next_text = t;
    text_reset(&d->next_text, &d->text);
    draft_take_pieces(d);
}

void draft_carry(struct draft *d, const struct piece *p) {
    size_t begin = d->next_text.len;
    text_copy(&d->next_text, &d->text, p->begin, p->end);
    pieces_add(&d->next_pieces, begin, d->next_text.len, p->id);
}
