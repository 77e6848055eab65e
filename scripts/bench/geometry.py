# SPDX-License-Identifier: Apache-2.0
"""What a checkpoint looks like: its configuration and its tensors, under both of their names."""
import dataclasses

QWEN2 = dict(family="qwen2", layers=24, hidden=896, intermediate=4864, heads=14, kv_heads=2, head_dim=64,
             vocab=151936, positions=32768, tokens=151665)
ECHO = 0.001  # so faint that the head, tied to the embedding, finds the token that was put in
PRESETS = {
    "qwen2.5-0.5b": QWEN2,
    "qwen2.5-0.5b-echo": {**QWEN2, "residual": ECHO},
    "qwen2-1.5b": {**QWEN2, "layers": 28, "hidden": 1536, "intermediate": 8960, "heads": 12, "head_dim": 128},
    "qwen3-0.6b": dict(family="qwen3", layers=28, hidden=1024, intermediate=3072, heads=16, kv_heads=8, head_dim=128,
                       vocab=151936, positions=40960, tokens=151669),
    "gpt2-124m": dict(family="gpt2", layers=12, hidden=768, intermediate=3072, heads=12, kv_heads=12, head_dim=64,
                      vocab=50257, positions=1024, tokens=50257),
}


@dataclasses.dataclass
class Geometry:
    """One model: sizes as in config.json, and how many of the vocabulary's ids are tokens."""
    family: str
    layers: int
    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    head_dim: int
    vocab: int
    positions: int
    tokens: int
    residual: float = 1.0  # by how much more or less each layer adds to the residual stream

    def check(self):
        if self.family not in FAMILIES:
            raise ValueError(f"no family {self.family}; there are: {', '.join(FAMILIES)}")
        for name in ("layers", "hidden", "intermediate", "heads", "kv_heads", "head_dim", "positions"):
            if getattr(self, name) < 1:
                raise ValueError(f"--{name.replace('_', '-')} is {getattr(self, name)}; it must be at least 1")
        if self.family != "gpt2" and self.head_dim % 2:
            raise ValueError(f"--head-dim is {self.head_dim}; heads are rotated in pairs, so it must be even")
        if self.heads % self.kv_heads:
            raise ValueError(f"{self.heads} heads cannot share {self.kv_heads} key heads")
        if self.family != "qwen3" and self.heads * self.head_dim != self.hidden:
            raise ValueError(f"{self.heads} heads of {self.head_dim} are not the {self.hidden} of the hidden state")
        if not 300 <= self.tokens <= self.vocab:
            raise ValueError(f"{self.tokens} tokens: at least 300, at most the vocabulary of {self.vocab}")

    def check_blocks(self, formats):
        """GGUF's blocks of 32 divide the rows of every matrix."""
        wide = {"hidden": self.hidden, "intermediate": self.intermediate, "heads times head-dim": self.heads * self.head_dim}
        for f in formats:
            for name, n in wide.items():
                if f in ("gguf-q8_0", "gguf-q4_0") and n % 32:
                    raise ValueError(f"{name} is {n}; {f} needs a multiple of 32")


@dataclasses.dataclass
class Tensor:
    """shape is [out, in], as GGUF has it; HF keeps GPT-2's matrices the other way round."""
    hf: str
    gguf: str
    shape: tuple
    spread: float      # of the normal distribution
    mean: float = 0.0
    transposed: bool = False  # on HF's side


def embedding(hf, gguf, rows, columns):
    return Tensor(hf, gguf, (rows, columns), 0.02)


def matrix(hf, gguf, rows, columns, gain=1.0, transposed=False):
    """Keeps the spread of what passes through it: then every layer adds more to the residual stream
    than the embedding did, and a tied head does not just repeat the last token."""
    return Tensor(hf, gguf, (rows, columns), gain * columns ** -0.5, transposed=transposed)


def norm(hf, gguf, n, mean=1.0):
    return Tensor(hf, gguf, (n,), 0.1, mean)


def bias(hf, gguf, n):
    return Tensor(hf, gguf, (n,), 0.1)


# Of queries and keys: attention so sharp that each new token changes what is looked at, without
# which greedy decoding soon repeats itself.
SHARP = 2.5


def qwen_tensors(g):
    q, kv = g.heads * g.head_dim, g.kv_heads * g.head_dim
    yield embedding("model.embed_tokens.weight", "token_embd.weight", g.vocab, g.hidden)
    yield norm("model.norm.weight", "output_norm.weight", g.hidden)
    for i in range(g.layers):
        hf, gg = f"model.layers.{i}.", f"blk.{i}."
        yield norm(hf + "input_layernorm.weight", gg + "attn_norm.weight", g.hidden)
        for name, n, gain in (("q", q, SHARP), ("k", kv, SHARP), ("v", kv, 1.0)):
            yield matrix(hf + f"self_attn.{name}_proj.weight", gg + f"attn_{name}.weight", n, g.hidden, gain)
            if g.family == "qwen2":
                yield bias(hf + f"self_attn.{name}_proj.bias", gg + f"attn_{name}.bias", n)
        if g.family == "qwen3":
            yield norm(hf + "self_attn.q_norm.weight", gg + "attn_q_norm.weight", g.head_dim, SHARP)
            yield norm(hf + "self_attn.k_norm.weight", gg + "attn_k_norm.weight", g.head_dim, SHARP)
        yield matrix(hf + "self_attn.o_proj.weight", gg + "attn_output.weight", g.hidden, q, g.residual)
        yield norm(hf + "post_attention_layernorm.weight", gg + "ffn_norm.weight", g.hidden)
        yield matrix(hf + "mlp.gate_proj.weight", gg + "ffn_gate.weight", g.intermediate, g.hidden)
        yield matrix(hf + "mlp.up_proj.weight", gg + "ffn_up.weight", g.intermediate, g.hidden)
        yield matrix(hf + "mlp.down_proj.weight", gg + "ffn_down.weight", g.hidden, g.intermediate,
                     g.residual)


def gpt2_tensors(g):
    yield embedding("transformer.wte.weight", "token_embd.weight", g.vocab, g.hidden)
    yield embedding("transformer.wpe.weight", "position_embd.weight", g.positions, g.hidden)
    yield norm("transformer.ln_f.weight", "output_norm.weight", g.hidden)
    yield bias("transformer.ln_f.bias", "output_norm.bias", g.hidden)
    rows = (("attn.c_attn", "attn_qkv", 3 * g.hidden, g.hidden, SHARP),
            ("attn.c_proj", "attn_output", g.hidden, g.hidden, g.residual),
            ("mlp.c_fc", "ffn_up", g.intermediate, g.hidden, 1.0),
            ("mlp.c_proj", "ffn_down", g.hidden, g.intermediate, g.residual))
    for i in range(g.layers):
        hf, gg = f"transformer.h.{i}.", f"blk.{i}."
        for theirs, ours in (("ln_1", "attn_norm"), ("ln_2", "ffn_norm")):
            yield norm(hf + theirs + ".weight", gg + ours + ".weight", g.hidden)
            yield bias(hf + theirs + ".bias", gg + ours + ".bias", g.hidden)
        for theirs, ours, n, m, gain in rows:
            yield matrix(hf + theirs + ".weight", gg + ours + ".weight", n, m, gain, transposed=True)
            yield bias(hf + theirs + ".bias", gg + ours + ".bias", n)


def qwen_config(g):
    config = dict(attention_dropout=0.0, hidden_act="silu", hidden_size=g.hidden, initializer_range=0.02,
                  intermediate_size=g.intermediate, max_position_embeddings=g.positions, max_window_layers=g.layers,
                  model_type=g.family, num_attention_heads=g.heads, num_hidden_layers=g.layers,
                  num_key_value_heads=g.kv_heads, rms_norm_eps=1e-6, rope_theta=1e6, sliding_window=None,
                  tie_word_embeddings=True, use_cache=True, use_sliding_window=False, vocab_size=g.vocab)
    if g.family == "qwen3":
        config.update(attention_bias=False, head_dim=g.head_dim)
    return config


def gpt2_config(g):
    return dict(activation_function="gelu_new", layer_norm_epsilon=1e-5, model_type="gpt2", n_embd=g.hidden,
                n_head=g.heads, n_inner=g.intermediate, n_layer=g.layers, n_positions=g.positions,
                tie_word_embeddings=True, vocab_size=g.vocab)


def add_qwen_keys(writer, g):
    writer.add_head_count_kv(g.kv_heads)
    writer.add_rope_freq_base(1e6)
    writer.add_layer_norm_rms_eps(1e-6)
    if g.family == "qwen3":
        writer.add_key_length(g.head_dim)
        writer.add_value_length(g.head_dim)


def add_gpt2_keys(writer, _):
    writer.add_layer_norm_eps(1e-5)


# family: HF's class, config.json, tensors, what GGUF says besides the sizes all families have
FAMILIES = {
    "qwen2": ("Qwen2ForCausalLM", qwen_config, qwen_tensors, add_qwen_keys),
    "qwen3": ("Qwen3ForCausalLM", qwen_config, qwen_tensors, add_qwen_keys),
    "gpt2": ("GPT2LMHeadModel", gpt2_config, gpt2_tensors, add_gpt2_keys),
}


def tensors_of(g):
    return list(FAMILIES[g.family][2](g))


def config_of(g, dtype):
    """config.json, as HF writes it."""
    name, config, _, _ = FAMILIES[g.family]
    end = g.tokens - 1 if g.family == "gpt2" else g.tokens - special_count(g)
    return {"architectures": [name], "bos_token_id": end, "eos_token_id": end, **config(g), "torch_dtype": dtype}


def special_count(g):
    """Tokens at the end of the vocabulary that stand for no text."""
    return 1 if g.family == "gpt2" else 22


def add_gguf_keys(writer, g):
    writer.add_context_length(g.positions)
    writer.add_embedding_length(g.hidden)
    writer.add_feed_forward_length(g.intermediate)
    writer.add_block_count(g.layers)
    writer.add_head_count(g.heads)
    FAMILIES[g.family][3](writer, g)
