/* SPDX-License-Identifier: Apache-2.0 */
/* gguf_sentencepiece: the sections of a vocabulary that SentencePiece trained for BPE ("llama").
 *
 * They are what HF's converter of Llama tokenizers writes: spaces become marks, one is put before
 * each text, merges come of scores, what no piece spells is said in bytes. Other than there, spaces
 * that the file calls superfluous are removed, as SentencePiece itself does. */
#pragma once

struct gguf_sections;

/* 0; ERR_UNSUPPORTED, ERR_FORMAT naming file and key. */
int gguf_sentencepiece_put(struct gguf_sections *s);
/* Those of one that it trained for Unigram ("t5"), with what llama.cpp makes of texts: the longest
 * sequence that its table of characters has is replaced, and ways are weighed over a whole text. */
int gguf_sentencepiece_put_unigram(struct gguf_sections *s);
