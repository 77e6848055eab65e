#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A trace of a model as Hugging Face Transformers computes it, in noctule-engine's layout.

    hf_trace.py MODEL --tokens "1 2 3" --steps 2 -o DIR
    hf_trace.py MODEL --like TRACE -o DIR      the same ids and steps as an engine's trace

Forward hooks keep what each module makes; what lies between modules (heads after the split and
after rotary embedding, scores, the residual sums) is caught where the attention function and the
rotation are called, so nothing is computed by another formula. Families: llama, qwen2, qwen3, gpt2,
bert. docs/tracing.md describes what is written.
"""
import argparse
import hashlib
import json
import os
import sys

import torch
import transformers
from safetensors.torch import save_file
from transformers import AutoConfig

STAGES = (
    "embedding attn_norm qkv_matmul qkv_bias q_norm k_norm q_rope k_rope attn_scores attn_softmax "
    "attention attn_out post_attn_residual ffn_norm ffn_gate ffn_up ffn_act ffn_gated moe_router "
    "moe_indices ffn_out post_ffn_residual final_norm lm_head").split()


class Recorder:
    """Tensors of the step that runs, by stage and layer."""

    def __init__(self, stages, layers):
        self.stages, self.layers = stages, layers
        self.step, self.layer = 0, None
        self.tensors, self.order = {}, []

    def keep(self, stage, layer, value):
        if stage not in self.stages or (layer is not None and layer not in self.layers):
            return
        key = f"step-{self.step}/" + (f"layer-{layer}/" if layer is not None else "") + stage
        if key not in self.tensors:
            self.order.append((key, stage, layer, self.step))
        self.tensors[key] = value.detach().to(torch.float32).contiguous().clone()


def rows(x):
    """[B,T,..] with a batch of one → [T,..]."""
    return x.reshape(-1, *x.shape[2:]) if x.dim() > 2 else x


def output_of(value):
    return value[0] if isinstance(value, tuple) else value


class Hooks:
    """What the families share: a hook on a module keeps its input or its output as a stage."""

    def __init__(self, model, recorder):
        self.model, self.r = model, recorder
        self.config = model.config

    def out(self, module, stage, layer=None, change=rows):
        module.register_forward_hook(
            lambda m, a, o: self.r.keep(stage, layer, change(output_of(o))))

    def into(self, module, stage, layer=None, change=rows):
        def hook(m, args, kwargs):
            value = args[0] if args else kwargs["hidden_states"]
            self.r.keep(stage, layer, change(value))
        module.register_forward_pre_hook(hook, with_kwargs=True)

    def parts(self, modules, layer):
        """Linear maps whose outputs, side by side, are one stage: before and after their bias."""
        bare, full = {}, {}

        def hook_of(i, module):
            def hook(m, args, o):
                full[i] = o
                bare[i] = o if m.bias is None else torch.nn.functional.linear(args[0], m.weight)
                if len(full) < len(modules):
                    return
                self.r.keep("qkv_matmul", layer, rows(torch.cat([bare[k] for k in range(3)], -1)))
                if m.bias is not None:
                    self.r.keep("qkv_bias", layer,
                                rows(torch.cat([full[k] for k in range(3)], -1)))
                bare.clear()
                full.clear()
            module.register_forward_hook(hook)
        for i, module in enumerate(modules):
            hook_of(i, module)

    def enter(self, module, layer):
        module.register_forward_pre_hook(lambda m, a: setattr(self.r, "layer", layer))


class Llama(Hooks):
    """llama, qwen2 and qwen3."""

    def install(self):
        base = self.model.model
        self.out(base.embed_tokens, "embedding")
        for i, layer in enumerate(base.layers):
            self.enter(layer, i)
            self.out(layer.input_layernorm, "attn_norm", i)
            attn = layer.self_attn
            self.parts([attn.q_proj, attn.k_proj, attn.v_proj], i)
            if hasattr(attn, "q_norm"):
                self.out(attn.q_norm, "q_norm", i)
                self.out(attn.k_norm, "k_norm", i)
            self.into(attn.o_proj, "attention", i)
            self.out(attn.o_proj, "attn_out", i)
            self.into(layer.post_attention_layernorm, "post_attn_residual", i)
            self.out(layer.post_attention_layernorm, "ffn_norm", i)
            self.out(layer.mlp.gate_proj, "ffn_gate", i)
            self.out(layer.mlp.up_proj, "ffn_up", i)
            self.out(layer.mlp.act_fn, "ffn_act", i)
            self.into(layer.mlp.down_proj, "ffn_gated", i)
            self.out(layer.mlp.down_proj, "ffn_out", i)
            self.out(layer, "post_ffn_residual", i)
        self.out(base.norm, "final_norm")
        self.out(self.model.lm_head, "lm_head", change=lambda x: rows(x)[-1:])
        self.catch_rotation(sys.modules[type(self.model).__module__])

    def catch_rotation(self, module):
        original, recorder = module.apply_rotary_pos_emb, self.r

        def caught(q, k, *args, **kwargs):
            q, k = original(q, k, *args, **kwargs)
            recorder.keep("q_rope", recorder.layer, rows(q.transpose(1, 2)))
            recorder.keep("k_rope", recorder.layer, rows(k.transpose(1, 2)))
            return q, k
        module.apply_rotary_pos_emb = caught


class Gpt2(Hooks):
    def conv(self, module, layer, bare, full):
        """GPT-2's own linear map, transposed: before its bias and after."""
        def hook(m, args, o):
            self.r.keep(bare, layer, rows(args[0] @ m.weight))
            self.r.keep(full, layer, rows(o))
        module.register_forward_hook(hook)

    def install(self):
        base = self.model.transformer
        for i, layer in enumerate(base.h):
            self.enter(layer, i)
            if i == 0:
                self.into(layer, "embedding")
            self.out(layer.ln_1, "attn_norm", i)
            self.conv(layer.attn.c_attn, i, "qkv_matmul", "qkv_bias")
            self.into(layer.attn.c_proj, "attention", i)
            self.out(layer.attn.c_proj, "attn_out", i)
            self.into(layer.ln_2, "post_attn_residual", i)
            self.out(layer.ln_2, "ffn_norm", i)
            self.out(layer.mlp.c_fc, "ffn_up", i)
            self.out(layer.mlp.act, "ffn_act", i)
            self.out(layer.mlp.c_proj, "ffn_out", i)
            self.out(layer, "post_ffn_residual", i)
        self.out(base.ln_f, "final_norm")
        self.out(self.model.lm_head, "lm_head", change=lambda x: rows(x)[-1:])


class Bert(Hooks):
    def install(self):
        base = getattr(self.model, "bert", self.model)
        self.out(base.embeddings, "embedding")
        for i, layer in enumerate(base.encoder.layer):
            self.enter(layer, i)
            attn = layer.attention
            own = attn.self
            self.parts([own.query, own.key, own.value], i)
            self.into(attn.output.dense, "attention", i)
            self.out(attn.output.dense, "attn_out", i)
            self.out(attn.output, "post_attn_residual", i)
            self.out(layer.intermediate.dense, "ffn_up", i)
            self.out(layer.intermediate.intermediate_act_fn, "ffn_act", i)
            self.out(layer.output.dense, "ffn_out", i)
            self.out(layer.output, "post_ffn_residual", i)
        head = getattr(getattr(self.model, "cls", None), "predictions", None)
        if head is not None:
            self.out(head, "lm_head", change=lambda x: rows(x)[-1:])


FAMILIES = {"llama": Llama, "qwen2": Llama, "qwen3": Llama, "gpt2": Gpt2, "bert": Bert}


def catch_scores(recorder):
    """Eager attention: the masked scores and the probabilities, by way of softmax."""
    original = torch.nn.functional.softmax

    def caught(x, *args, **kwargs):
        out = original(x, *args, **kwargs)
        if x.dim() == 4 and recorder.layer is not None:
            least = torch.finfo(x.dtype).min / 2
            recorder.keep("attn_scores", recorder.layer, x.masked_fill(x < least, -torch.inf))
            recorder.keep("attn_softmax", recorder.layer, out)
        return out
    torch.nn.functional.softmax = caught


def hash_of(folder):
    """The SHA-256 over the SHA-256 of each shard, as noctule-engine has it."""
    names = sorted(n for n in os.listdir(folder) if n.endswith(".safetensors")
                   and n != "goldens.safetensors")
    whole = hashlib.sha256()
    for name in names:
        with open(os.path.join(folder, name), "rb") as f:
            whole.update(hashlib.file_digest(f, "sha256").hexdigest().encode())
    return whole.hexdigest()


def parse_layers(text, count):
    if not text:
        return range(count)
    first, _, end = text.partition("..")
    return range(int(first), int(end) if end else int(first) + 1)


def load(folder, dtype):
    config = AutoConfig.from_pretrained(folder)
    name = (config.architectures or [None])[0]
    if not name:
        name = {"bert": "BertForMaskedLM", "gpt2": "GPT2LMHeadModel", "llama": "LlamaForCausalLM",
                "qwen2": "Qwen2ForCausalLM", "qwen3": "Qwen3ForCausalLM"}[config.model_type]
    cls = getattr(transformers, name)
    model = cls.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    if dtype != "f32":  # weights rounded, numbers still f32: what the engine's storage types do
        narrow = {"bf16": torch.bfloat16, "f16": torch.float16}[dtype]
        for p in model.parameters():
            p.data = p.data.to(narrow).to(torch.float32)
    return model.eval()


@torch.no_grad()
def run(model, recorder, ids, steps, forced):
    """The prompt, and then a token a step with the cache. Returns what each step was fed."""
    fed, cache, past = [], None, 0
    for step in range(steps):
        recorder.step, recorder.layer = step, None
        given = torch.tensor([ids])
        kwargs = {} if model.config.model_type == "bert" else {
            "past_key_values": cache, "use_cache": True}
        out = model(input_ids=given, **kwargs)
        fed.append({"past": past, "rows": 1, "ids": list(ids)})
        past += len(ids)
        cache = getattr(out, "past_key_values", None)
        if step + 1 < steps:
            logits = out.logits[0, -1]
            ids = [forced[step] if step < len(forced) else int(logits.argmax())]
    return fed


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("model", help="a folder with config.json and safetensors")
    p.add_argument("-i", "--tokens", help="token ids of the prompt")
    p.add_argument("-p", "--prompt", help="the prompt as text")
    p.add_argument("--like", help="an engine's trace: its ids, steps, dtype and stages")
    p.add_argument("-n", "--steps", type=int, default=1, help="the prompt and N-1 tokens behind it")
    p.add_argument("-s", "--stages", default="all")
    p.add_argument("-l", "--layers", help="A..B, B not included (all)")
    p.add_argument("-d", "--dtype", default="f32", choices=["f32", "bf16", "f16"],
                   help="how weights are rounded; numbers are f32")
    p.add_argument("-o", "--output", required=True)
    o = p.parse_args()
    forced, ids = [], None
    if o.like:
        with open(os.path.join(o.like, "trace.json")) as f:
            like = json.load(f)
        ids, o.steps = like["steps"][0]["ids"], len(like["steps"])
        forced = [s["ids"][0] for s in like["steps"][1:]]
        o.dtype = like.get("dtype") or o.dtype
    elif o.tokens:
        ids = [int(x) for x in o.tokens.replace(",", " ").split()]
    elif o.prompt:
        ids = transformers.AutoTokenizer.from_pretrained(o.model)(o.prompt).input_ids
    if not ids:
        p.error("give --tokens, --prompt or --like")
    stages = set(STAGES) if o.stages == "all" else set(o.stages.split(","))
    if stages - set(STAGES):
        p.error(f"there is no stage {sorted(stages - set(STAGES))[0]}")
    torch.manual_seed(0)
    model = load(o.model, o.dtype)
    family = model.config.model_type
    if family not in FAMILIES:
        p.error(f"the family {family} is not among {', '.join(FAMILIES)}")
    recorder = Recorder(stages, parse_layers(o.layers, model.config.num_hidden_layers))
    catch_scores(recorder)
    FAMILIES[family](model, recorder).install()
    fed = run(model, recorder, ids, o.steps, forced)
    os.makedirs(o.output, exist_ok=True)
    save_file(recorder.tensors, os.path.join(o.output, "trace.safetensors"),
              metadata={"format": "noctule-trace"})
    tensors = [{"key": k, "stage": s, **({"layer": n} if n is not None else {}), "step": t,
                "shape": list(recorder.tensors[k].shape), "dtype": "f32"}
               for k, s, n, t in recorder.order]
    about = {"schema": 1, "format": "noctule-trace", "source": "transformers",
             "version": transformers.__version__, "model": o.model, "model_hash": hash_of(o.model),
             "family": family, "backend": f"torch {torch.__version__} cpu", "dtype": o.dtype,
             "unfused": True, "steps": fed, "tensors": tensors, "absent": [], "plans": []}
    with open(os.path.join(o.output, "trace.json"), "w") as f:
        json.dump(about, f)
        f.write("\n")
    print(f"{o.output}: {len(tensors)} tensors of {len(fed)} steps")


if __name__ == "__main__":
    main()
