/* SPDX-License-Identifier: Apache-2.0 */
/* part: one small tokenizer made around one component, as the case of components lists them. */
#pragma once

#include "engine/check/case.h"

/* params.parts of a case of components. Failures make the case broken. */
int part_list(struct case_run *c, struct json *out);
/* Encodes and decodes what the part says, into the case's total. */
int part_run(struct case_run *c, struct json part);
