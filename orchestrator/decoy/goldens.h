/* SPDX-License-Identifier: Apache-2.0 */
/* goldens: decoys of fixtures with a cases.json and a goldens.safetensors, as noctule-engine has
 * them: cases.json names what each case expects as tensors, and the SHA-256 of the file that holds
 * them. Only values and that sum become others. */
#pragma once

struct decoy_fixture;

/* Tells and edits both trees. 0, also where nothing stands on goldens; ERR_NOTFOUND, ERR_FORMAT. */
int goldens_spoil(const struct decoy_fixture *f);
