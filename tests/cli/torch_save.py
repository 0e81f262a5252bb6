"""Files as torch.save writes them, without torch: dicts of tensors, and what hides among them.

Tensors are [dtype, shape, bytes], as safetensors names types; View and Parameter wrap one, Storage may be shared.
"""
import collections
import math
import pickle
import sys
import types
import zipfile

TYPES = {"F32": ("FloatStorage", 4), "F64": ("DoubleStorage", 8), "F16": ("HalfStorage", 2), "BF16": ("BFloat16Storage", 2),
         "I64": ("LongStorage", 8), "I32": ("IntStorage", 4), "U8": ("ByteStorage", 1), "BOOL": ("BoolStorage", 1)}


def named(module, name, value):
    """A thing that pickles as a GLOBAL of this name."""
    for i in range(1, module.count(".") + 2):
        part = ".".join(module.split(".")[:i])
        sys.modules.setdefault(part, types.ModuleType(part))
    value.__module__, value.__name__, value.__qualname__ = module, name, name
    setattr(sys.modules[module], name, value)
    return value


REBUILD = named("torch._utils", "_rebuild_tensor_v2", lambda *a: a)
PARAMETER = named("torch._utils", "_rebuild_parameter", lambda *a: a)
WITH_STATE = named("torch._utils", "_rebuild_parameter_with_state", lambda *a: a)
OF_TYPE = named("torch._tensor", "_rebuild_from_type_v2", lambda *a: a)
TENSOR = named("torch", "Tensor", type("Tensor", (), {}))
CLASS = {t: named("torch", n, type(n, (), {})) for t, (n, _) in TYPES.items()}


class Storage:
    def __init__(self, dtype, data, n=None, key=None, cls=None):
        self.dtype, self.data, self.key, self.cls = dtype, data, key, cls or CLASS[dtype]
        self.n = len(data) // TYPES[dtype][1] if n is None else n


class View:
    def __init__(self, storage, shape, stride=None, first=0, hooks=None, more=()):
        if stride is None:
            stride = [math.prod(shape[i + 1:]) for i in range(len(shape))]
        self.args = (storage, first, tuple(shape), tuple(stride), False, hooks or collections.OrderedDict(), *more)

    def __reduce__(self):
        return REBUILD, self.args


class Parameter:
    def __init__(self, tensor):
        self.args = (tensor, True, collections.OrderedDict())

    def __reduce__(self):
        return PARAMETER, self.args


def parameter_with(tensor, state, hooks=None):
    return Call(WITH_STATE, tensor, True, hooks or collections.OrderedDict(), state)


def tensor_with(view, state, fn=REBUILD, cls=TENSOR):
    return Call(OF_TYPE, fn, cls, view.args, state)


class Call:
    """What code in a pickle looks like: made, it would call."""
    def __init__(self, fn, *args, state=None):
        self.how = (fn, args) if state is None else (fn, args, state)

    def __reduce__(self):
        return self.how


def tensor(t):
    return View(Storage(t[0], t[2]), t[1]) if isinstance(t, list) else t


def with_metadata(items):
    """An OrderedDict with the attribute that state_dict gives it."""
    d = collections.OrderedDict(items)
    d._metadata = collections.OrderedDict([("", {"version": 1})])
    return d


def dump(value, protocol=2):
    """The bytes of data.pkl and the storages, by key."""
    storages = {}

    class Pickler(pickle.Pickler):
        def persistent_id(self, obj):
            if not isinstance(obj, Storage):
                return None
            if obj.key is None:
                obj.key = str(len(storages))
            storages[obj.key] = obj.data
            return ("storage", obj.cls, obj.key, "cpu", obj.n)

    class Out(list):
        write = list.append

    out = Out()
    Pickler(out, protocol).dump(value)
    return b"".join(out), storages


def members(value, root="archive", protocol=2, order=b"little"):
    text, storages = value if isinstance(value, tuple) else dump(value, protocol)
    m = {f"{root}/data.pkl": text}
    if order:
        m[f"{root}/byteorder"] = order
    m.update({f"{root}/data/{k}": v for k, v in storages.items()})
    m[f"{root}/version"] = b"3\n"
    return m


def write(path, m, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", method) as z:
        for k, v in m.items():
            z.writestr(zipfile.ZipInfo(k), v, method)


def save(path, t, **how):
    """A dict of tensors, as a state_dict."""
    write(path, members(with_metadata((k, tensor(v)) for k, v in t.items()), **how))
