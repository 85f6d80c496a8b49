# Cases: small graphs with inputs that a generator draws, what PyTorch makes of them, and its gradients; as JSON.
import json
import math

import numpy
import torch

BATCHES = (1, 2, 5)
PROJECTIONS = 2


def draw(seed, count):
    """`count` numbers in [0, 1) with 24 bits each; test/golden/cases.ts draws the same."""
    state = seed * 2654435761 % 2**32
    numbers = numpy.empty(count)
    for i in range(count):
        state = (1664525 * state + 1013904223) % 2**32
        numbers[i] = (state >> 8) / 2**24
    return numbers


# Inputs. "N" in a shape is the batch.


def x(*shape, low=-1.0, high=1.0):
    """Random numbers; as they pass into float32 and back, every engine gets the same."""
    return {"shape": shape, "range": [low, high]}


def bools(*shape):
    return {"shape": shape, "type": "bool"}


def indices(*shape, below):
    return {"shape": shape, "type": "int64", "below": below}


def given(values, type="float32"):
    """These values, brought anew to each run."""
    array = numpy.array(values)
    return {"shape": array.shape, "type": type, "values": array.flatten().tolist()}


def constant(values, type="float32"):
    """These values, a part of the graph."""
    return {**given(values, type), "constant": True}


def ints(*values):
    return constant(list(values), "int64")


DTYPES = {"float32": torch.float64, "int64": torch.int64, "bool": torch.bool, "uint8": torch.uint8}


def tensor_of(spec, seed, batch):
    shape = [batch if n == "N" else n for n in spec["shape"]]
    dtype = DTYPES[spec.get("type", "float32")]
    if "values" in spec:
        return torch.tensor(spec["values"], dtype=dtype).reshape(shape)
    u = draw(seed, math.prod(shape))
    if "below" in spec:
        u = numpy.floor(u * spec["below"])
    elif dtype == torch.bool:
        u = u < 0.5
    else:
        low, high = spec["range"]
        u = (low + (high - low) * u).astype(numpy.float32)
    return torch.from_numpy(numpy.asarray(u, numpy.float64)).to(dtype).reshape(shape)


def digest(tensor):
    """The tensor's norm and its products with drawn vectors, 12 digits each."""
    flat = tensor.detach().to(torch.float64).flatten().numpy()
    vectors = [2 * draw(9001 + i, flat.size) - 1 for i in range(PROJECTIONS)]
    numbers = [numpy.sqrt((flat**2).sum()), *(flat @ v for v in vectors)]
    assert all(math.isfinite(n) for n in numbers)
    return [float(f"{n:.12g}") for n in numbers]


def node(op, inputs, outputs, **attributes):
    """A node; names are separated by blanks, "-" stands for an input that is left out."""
    return {
        "op": op,
        "inputs": ["" if name == "-" else name for name in inputs.split()],
        "outputs": outputs.split(),
        "attributes": attributes,
    }


def attribute(value):
    """An attribute as src/graph/graph.ts has it."""
    return {"float": value} if isinstance(value, float) else value


class Table:
    """
    `meaning`: operator → what it does in PyTorch, called with the node's attributes (and among them, as
    "outputs", the number of its outputs) and inputs.
    `differentiable`: the operators whose cases get gradients.
    """

    def __init__(self, meaning, differentiable):
        self.meaning = meaning
        self.differentiable = differentiable
        self.cases = []

    def one(self, op, note, *inputs, outputs=1, **attributes):
        """A case of one node; None is an input that is left out."""
        names = [f"x{i}" for i in range(len(inputs))]
        made = " ".join(f"y{i}" for i in range(outputs))
        used = " ".join("-" if spec is None else name for name, spec in zip(names, inputs))
        drawn = {name: spec for name, spec in zip(names, inputs) if spec is not None}
        self.graph(f"{op}, {note}", drawn, [node(op, used, made, **attributes)], made)

    def graph(self, name, inputs, nodes, outputs):
        """A case of several nodes; gradients are those of its floating outputs, each times a drawn dY."""
        assert name not in [case["name"] for case in self.cases], name
        outputs = outputs.split()
        differentiable = all(n["op"] in self.differentiable for n in nodes)
        batched = any("N" in spec["shape"] for spec in inputs.values())
        golden = {}
        for batch in BATCHES if batched else (1,):
            values = {key: tensor_of(spec, i + 1, batch) for i, (key, spec) in enumerate(inputs.items())}
            wanted = [key for key, spec in inputs.items() if "range" in spec and differentiable]
            for key in wanted:
                values[key].requires_grad_()
            for n in nodes:
                made = self.meaning[n["op"]](
                    {**n["attributes"], "outputs": len(n["outputs"])}, *(values.get(key) for key in n["inputs"])
                )
                values.update(zip(n["outputs"], made if isinstance(made, tuple) else (made,)))
            results = [values[key] for key in outputs]
            golden[batch] = {
                "outputs": [{"shape": list(result.shape), "digest": digest(result)} for result in results]
            }
            carriers = [i for i, result in enumerate(results) if result.requires_grad]
            if carriers:
                dy = [
                    torch.from_numpy(2 * draw(1001 + i, results[i].numel()) - 1).reshape(results[i].shape)
                    for i in carriers
                ]
                leaves = [values[key] for key in wanted]
                gradients = torch.autograd.grad([results[i] for i in carriers], leaves, dy, allow_unused=True)
                golden[batch]["seeds"] = [outputs[i] for i in carriers]
                golden[batch]["gradients"] = {
                    key: digest(gradient) for key, gradient in zip(wanted, gradients) if gradient is not None
                }
        self.cases.append(
            {
                "name": name,
                "inputs": inputs,
                "nodes": [
                    {**n, "attributes": {k: attribute(v) for k, v in n["attributes"].items()}} for n in nodes
                ],
                "outputs": outputs,
                "golden": golden,
            }
        )

    def write(self, path):
        lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in self.cases)
        path.write_text(f"[\n{lines}\n]\n")
        print(f"{len(self.cases)} cases, {path.stat().st_size} bytes: {path}")
