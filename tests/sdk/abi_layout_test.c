/* The layout of every struct of the plugin ABI except the drafts, to the byte: its size and the offset of every member.
 * Compiled as C11 and as C++20; it has no code. A line that fails is right and the header is wrong: after 1.0 lines are
 * only added, with what `abi_pins.py print` says. The values of the constants are pinned beside it, in
 * abi_constants_test.c. */
#include <aurelis/abi.h>

#define SIZE(type, bytes) \
    AURELIS_STATIC_ASSERT(sizeof(struct type) == (bytes), "the size of " #type " has changed")
#define AT(type, member, offset) \
    AURELIS_STATIC_ASSERT(offsetof(struct type, member) == (offset), #type "." #member " has moved")

SIZE(aurelis_bytes, 16);
AT(aurelis_bytes, data, 0);
AT(aurelis_bytes, size, 8);

SIZE(aurelis_buf_ops, 24);
AT(aurelis_buf_ops, struct_size, 0);
AT(aurelis_buf_ops, reserved0, 4);
AT(aurelis_buf_ops, retain, 8);
AT(aurelis_buf_ops, release, 16);

SIZE(aurelis_buf, 32);
AT(aurelis_buf, data, 0);
AT(aurelis_buf, size, 8);
AT(aurelis_buf, ops, 16);
AT(aurelis_buf, owner, 24);

SIZE(aurelis_clock, 32);
AT(aurelis_clock, struct_size, 0);
AT(aurelis_clock, reserved0, 4);
AT(aurelis_clock, user, 8);
AT(aurelis_clock, now_wall, 16);
AT(aurelis_clock, now_mono, 24);

SIZE(aurelis_subject, 112);
AT(aurelis_subject, struct_size, 0);
AT(aurelis_subject, flags, 4);
AT(aurelis_subject, identity, 8);
AT(aurelis_subject, category, 24);
AT(aurelis_subject, identifier, 40);
AT(aurelis_subject, params, 56);
AT(aurelis_subject, text, 72);
AT(aurelis_subject, scope, 88);
AT(aurelis_subject, score_min, 104);

SIZE(aurelis_key, 32);
AT(aurelis_key, data, 0);
AT(aurelis_key, size, 8);
AT(aurelis_key, hash, 16);
AT(aurelis_key, subject, 24);

SIZE(aurelis_meta, 40);
AT(aurelis_meta, created_wall, 0);
AT(aurelis_meta, stale_wall, 8);
AT(aurelis_meta, expires_wall, 16);
AT(aurelis_meta, version, 24);
AT(aurelis_meta, flags, 32);
AT(aurelis_meta, cost, 36);

SIZE(aurelis_entry, 112);
AT(aurelis_entry, value, 0);
AT(aurelis_entry, meta, 32);
AT(aurelis_entry, attrs, 72);
AT(aurelis_entry, status, 88);
AT(aurelis_entry, layer, 92);
AT(aurelis_entry, reserved0, 94);
AT(aurelis_entry, reserved1, 96);

SIZE(aurelis_write, 128);
AT(aurelis_write, value, 0);
AT(aurelis_write, meta, 32);
AT(aurelis_write, attrs, 72);
AT(aurelis_write, if_version, 88);
AT(aurelis_write, token, 96);
AT(aurelis_write, flags, 112);
AT(aurelis_write, reserved0, 116);
AT(aurelis_write, reserved1, 120);

SIZE(aurelis_call, 96);
AT(aurelis_call, struct_size, 0);
AT(aurelis_call, flags, 4);
AT(aurelis_call, deadline_mono, 8);
AT(aurelis_call, now_wall, 16);
AT(aurelis_call, trace_id, 24);
AT(aurelis_call, span_id, 40);
AT(aurelis_call, trace_flags, 48);
AT(aurelis_call, reserved0, 52);
AT(aurelis_call, layers, 56);
AT(aurelis_call, cancel, 64);
AT(aurelis_call, host_data, 72);
AT(aurelis_call, set_error, 80);
AT(aurelis_call, set_item_error, 88);

SIZE(aurelis_store, 32);
AT(aurelis_store, ops, 0);
AT(aurelis_store, self, 8);
AT(aurelis_store, caps, 16);
AT(aurelis_store, host_data, 24);

SIZE(aurelis_match, 80);
AT(aurelis_match, struct_size, 0);
AT(aurelis_match, reserved0, 4);
AT(aurelis_match, prefix, 8);
AT(aurelis_match, pattern, 24);
AT(aurelis_match, tag, 40);
AT(aurelis_match, created_before, 56);
AT(aurelis_match, larger_than, 64);
AT(aurelis_match, created_beyond, 72);

SIZE(aurelis_scan, 72);
AT(aurelis_scan, struct_size, 0);
AT(aurelis_scan, flags, 4);
AT(aurelis_scan, match, 8);
AT(aurelis_scan, page_hint, 16);
AT(aurelis_scan, after, 24);
AT(aurelis_scan, next, 40);

SIZE(aurelis_size, 40);
AT(aurelis_size, struct_size, 0);
AT(aurelis_size, reserved0, 4);
AT(aurelis_size, entries, 8);
AT(aurelis_size, bytes, 16);
AT(aurelis_size, capacity_entries, 24);
AT(aurelis_size, capacity_bytes, 32);

SIZE(aurelis_limits, 40);
AT(aurelis_limits, struct_size, 0);
AT(aurelis_limits, reserved0, 4);
AT(aurelis_limits, key_max, 8);
AT(aurelis_limits, value_max, 16);
AT(aurelis_limits, batch_max, 24);
AT(aurelis_limits, ttl_max_ns, 32);

SIZE(aurelis_store_ops, 136);
AT(aurelis_store_ops, struct_size, 0);
AT(aurelis_store_ops, reserved0, 4);
AT(aurelis_store_ops, start, 8);
AT(aurelis_store_ops, stop, 16);
AT(aurelis_store_ops, destroy, 24);
AT(aurelis_store_ops, get_extension, 32);
AT(aurelis_store_ops, get, 40);
AT(aurelis_store_ops, set, 48);
AT(aurelis_store_ops, remove, 56);
AT(aurelis_store_ops, touch, 64);
AT(aurelis_store_ops, multi_get, 72);
AT(aurelis_store_ops, multi_write, 80);
AT(aurelis_store_ops, remove_matching, 88);
AT(aurelis_store_ops, scan, 96);
AT(aurelis_store_ops, flush, 104);
AT(aurelis_store_ops, size, 112);
AT(aurelis_store_ops, stats, 120);
AT(aurelis_store_ops, limits, 128);

SIZE(aurelis_option, 64);
AT(aurelis_option, struct_size, 0);
AT(aurelis_option, type, 4);
AT(aurelis_option, flags, 6);
AT(aurelis_option, name, 8);
AT(aurelis_option, fallback, 16);
AT(aurelis_option, min, 24);
AT(aurelis_option, max, 32);
AT(aurelis_option, words, 40);
AT(aurelis_option, unit, 48);
AT(aurelis_option, help, 56);

SIZE(aurelis_config_api, 104);
AT(aurelis_config_api, struct_size, 0);
AT(aurelis_config_api, reserved0, 4);
AT(aurelis_config_api, get, 8);
AT(aurelis_config_api, kind, 16);
AT(aurelis_config_api, count, 24);
AT(aurelis_config_api, at, 32);
AT(aurelis_config_api, as_string, 40);
AT(aurelis_config_api, as_int, 48);
AT(aurelis_config_api, as_double, 56);
AT(aurelis_config_api, as_bool, 64);
AT(aurelis_config_api, as_duration, 72);
AT(aurelis_config_api, as_bytes, 80);
AT(aurelis_config_api, reject, 88);
AT(aurelis_config_api, as_path, 96);

SIZE(aurelis_host, 200);
AT(aurelis_host, struct_size, 0);
AT(aurelis_host, abi_major, 4);
AT(aurelis_host, abi_minor, 6);
AT(aurelis_host, name, 8);
AT(aurelis_host, version, 16);
AT(aurelis_host, instance, 24);
AT(aurelis_host, ctx, 32);
AT(aurelis_host, max_batch, 40);
AT(aurelis_host, lease_ns, 48);
AT(aurelis_host, config, 56);
AT(aurelis_host, now_wall, 64);
AT(aurelis_host, now_mono, 72);
AT(aurelis_host, now_stamp, 80);
AT(aurelis_host, hash, 88);
AT(aurelis_host, log_enabled, 96);
AT(aurelis_host, log, 104);
AT(aurelis_host, call_init, 112);
AT(aurelis_host, call_derive, 120);
AT(aurelis_host, alloc, 128);
AT(aurelis_host, dealloc, 136);
AT(aurelis_host, buf_new, 144);
AT(aurelis_host, task_submit, 152);
AT(aurelis_host, task_cancel, 160);
AT(aurelis_host, metric_open, 168);
AT(aurelis_host, metric_add, 176);
AT(aurelis_host, metric_observe, 184);
AT(aurelis_host, get_extension, 192);

SIZE(aurelis_component, 64);
AT(aurelis_component, struct_size, 0);
AT(aurelis_component, kind, 4);
AT(aurelis_component, type_name, 8);
AT(aurelis_component, description, 16);
AT(aurelis_component, caps, 24);
AT(aurelis_component, threads, 32);
AT(aurelis_component, format_id, 36);
AT(aurelis_component, options, 40);
AT(aurelis_component, option_count, 48);
AT(aurelis_component, factory, 56);

SIZE(aurelis_object, 16);
AT(aurelis_object, ops, 0);
AT(aurelis_object, self, 8);

SIZE(aurelis_ref, 24);
AT(aurelis_ref, role, 0);
AT(aurelis_ref, kind, 8);
AT(aurelis_ref, reserved0, 12);
AT(aurelis_ref, object, 16);

SIZE(aurelis_env, 64);
AT(aurelis_env, struct_size, 0);
AT(aurelis_env, next_count, 4);
AT(aurelis_env, next, 8);
AT(aurelis_env, origin, 16);
AT(aurelis_env, refs, 24);
AT(aurelis_env, ref_count, 32);
AT(aurelis_env, category, 40);
AT(aurelis_env, key_prefix, 48);

SIZE(aurelis_store_factory, 16);
AT(aurelis_store_factory, struct_size, 0);
AT(aurelis_store_factory, reserved0, 4);
AT(aurelis_store_factory, create, 8);

SIZE(aurelis_object_factory, 16);
AT(aurelis_object_factory, struct_size, 0);
AT(aurelis_object_factory, reserved0, 4);
AT(aurelis_object_factory, create, 8);

SIZE(aurelis_serializer_ops, 40);
AT(aurelis_serializer_ops, struct_size, 0);
AT(aurelis_serializer_ops, format_id, 4);
AT(aurelis_serializer_ops, destroy, 8);
AT(aurelis_serializer_ops, bound, 16);
AT(aurelis_serializer_ops, encode, 24);
AT(aurelis_serializer_ops, decode, 32);

SIZE(aurelis_ext_watch, 16);
AT(aurelis_ext_watch, watch, 0);
AT(aurelis_ext_watch, position, 8);

SIZE(aurelis_ext_health, 8);
AT(aurelis_ext_health, check, 0);

SIZE(aurelis_plugin, 104);
AT(aurelis_plugin, struct_size, 0);
AT(aurelis_plugin, abi_major, 4);
AT(aurelis_plugin, abi_minor, 6);
AT(aurelis_plugin, min_host_minor, 8);
AT(aurelis_plugin, reserved0, 10);
AT(aurelis_plugin, flags, 12);
AT(aurelis_plugin, id, 16);
AT(aurelis_plugin, version, 24);
AT(aurelis_plugin, name, 32);
AT(aurelis_plugin, vendor, 40);
AT(aurelis_plugin, license, 48);
AT(aurelis_plugin, url, 56);
AT(aurelis_plugin, build, 64);
AT(aurelis_plugin, components, 72);
AT(aurelis_plugin, component_count, 80);
AT(aurelis_plugin, init, 88);
AT(aurelis_plugin, deinit, 96);

SIZE(aurelis_attr, 32);
AT(aurelis_attr, kind, 0);
AT(aurelis_attr, value, 8);
AT(aurelis_attr, next_offset, 24);
