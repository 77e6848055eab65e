/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tensor/quant_blocks.h"
