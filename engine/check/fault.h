/* SPDX-License-Identifier: Apache-2.0 */
/* fault: a case made to go wrong on purpose, so that tests can see what is left of a run.
 *
 * Only the environment variable NOCTULE_TEST_FAULT=CASE-ID:KIND asks for it; KIND is kill (SIGKILL
 * to itself), hang (sleeps for ever), oom (its memory is limited and then used up), exit (ends
 * with code 3 and no word) or garbage (a line on stdout that is no JSON; the case then runs). */
#pragma once

/* Does what the environment asks for this case, or nothing. */
void fault_inject(const char *case_id);
