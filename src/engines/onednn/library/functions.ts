// Functions: those of oneDNN's C interface that all its versions have alike.
import type { Handle, Native, Pointer } from "./native.js";

export function functionsOf(native: Native) {
  return {
    version: native.func<[], bigint | number>("dnnl_version", "uintptr_t", []),
    /** OpenMP's, found through the library that needs it; it holds for the calling thread. */
    setThreads: native.func<[number], void>("omp_set_num_threads", "void", ["int"]),
    createEngine: native.making<[number, number]>("dnnl_engine_create", ["int", "size_t"]),
    createStream: native.making<[Handle, number]>("dnnl_stream_create", ["uintptr_t", "uint"]),

    createAttributes: native.making<[]>("dnnl_primitive_attr_create", []),
    destroyAttributes: native.checked<[Handle]>("dnnl_primitive_attr_destroy", ["uintptr_t"]),
    setScratchpadMode: native.checked<[Handle, number]>("dnnl_primitive_attr_set_scratchpad_mode", [
      "uintptr_t",
      "int",
    ]),
    setPostOps: native.checked<[Handle, Handle]>("dnnl_primitive_attr_set_post_ops", [
      "uintptr_t",
      "uintptr_t",
    ]),
    createPostOps: native.making<[]>("dnnl_post_ops_create", []),
    destroyPostOps: native.checked<[Handle]>("dnnl_post_ops_destroy", ["uintptr_t"]),

    describeReorder: native.offering<[Pointer, Handle, Pointer, Handle, Handle]>(
      "dnnl_reorder_primitive_desc_create",
      ["void *", "uintptr_t", "void *", "uintptr_t", "uintptr_t"],
    ),
    layoutOf: native.func<[Handle, number, number], bigint | number>(
      "dnnl_primitive_desc_query_md",
      "uintptr_t",
      ["uintptr_t", "int", "int"],
    ),
    query: native.checked<[Handle, number, number, Pointer]>("dnnl_primitive_desc_query", [
      "uintptr_t",
      "int",
      "int",
      "void *",
    ]),
    destroyDescriptor: native.checked<[Handle]>("dnnl_primitive_desc_destroy", ["uintptr_t"]),
    createPrimitive: native.making<[Handle]>("dnnl_primitive_create", ["uintptr_t"]),
    destroyPrimitive: native.checked<[Handle]>("dnnl_primitive_destroy", ["uintptr_t"]),
    execute: native.checked<[Handle, Handle, number, Pointer]>("dnnl_primitive_execute", [
      "uintptr_t",
      "uintptr_t",
      "int",
      "void *",
    ]),

    createMemory: native.making<[Pointer, Handle, bigint]>("dnnl_memory_create", [
      "void *",
      "uintptr_t",
      "uintptr_t",
    ]),
    addressOfMemory: native.checked<[Handle, Pointer]>("dnnl_memory_get_data_handle", [
      "uintptr_t",
      "void *",
    ]),
    moveMemory: native.checked<[Handle, bigint]>("dnnl_memory_set_data_handle", ["uintptr_t", "uintptr_t"]),
    destroyMemory: native.checked<[Handle]>("dnnl_memory_destroy", ["uintptr_t"]),
  };
}

export type Functions = ReturnType<typeof functionsOf>;
