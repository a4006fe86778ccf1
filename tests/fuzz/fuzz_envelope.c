/* Header, slots block, slot and padded body: whatever parses is the only
 * encoding of what was parsed, and nothing is read beyond the bytes. */
#include "codec/envelope.h"
#include "fuzz/tool.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_header(struct span bytes)
{
	struct header header;
	struct buf out = { 0 };
	enum err err = envelope_get_header(bytes, &header);
	if (err == ERR_VERSION) {
		tool_must(header.version > ENVELOPE_VERSION);
		tool_must(bytes.size >= ENVELOPE_FROZEN_BYTES);
	}
	if (err == ERR_VERSION || err == ERR_OK) {
		tool_must(header.number > 0);
		tool_must(id_is_zero(&header.previous) == (header.number == 1));
		tool_ok(envelope_put_header(&header, &out));
		/* Of a higher version no more than the frozen part is read. */
		size_t same =
		    err == ERR_OK ? bytes.size : ENVELOPE_FROZEN_BYTES;
		tool_must(err == ERR_VERSION || out.size == bytes.size);
		tool_must(memcmp(out.data, bytes.data, same) == 0);
	}
	if (err == ERR_OK) {
		tool_must(header.slotted || header.number > 1);
		tool_must(id_is_zero(&header.keyed_by) == header.slotted);
		buf_reset(&out);
		tool_ok(envelope_place("qsg/body/v1", &header, &out));
	}
	buf_clear(&out);
}

static void check_slots(struct span bytes)
{
	uint32_t count = 0;
	if (envelope_slot_count(bytes, &count) != ERR_OK) {
		return;
	}
	tool_must(count >= 1 && count <= LIMIT_SLOTS);
	unsigned int sum = envelope_slots_key(bytes).data[31];
	for (uint32_t i = 0; i < count; i++) {
		struct span slot = envelope_slot(bytes, i);
		tool_must(slot.size == ENVELOPE_SLOT_BYTES);
		tool_must(slot.data + slot.size <= bytes.data + bytes.size);
		sum += slot.data[0] + (unsigned int)slot.data[slot.size - 1];
	}
	tool_must(sum < 0x80000000u);
}

static void check_slot(struct span bytes)
{
	struct slot_fields fields;
	uint8_t again[132];
	if (bytes.size != sizeof(again)) {
		return;
	}
	if (envelope_get_slot(bytes.data, &fields)) {
		envelope_put_slot(&fields, again);
		tool_must(memcmp(again, bytes.data, sizeof(again)) == 0);
	}
}

static void check_padding(struct span bytes)
{
	struct span payload;
	struct buf out = { 0 };
	if (envelope_unpad(bytes, &payload) == ERR_OK) {
		tool_must(payload.size + 4 <= bytes.size);
		tool_ok(envelope_pad(payload, &out));
		tool_must(span_equal(buf_span(&out), bytes));
	}
	buf_clear(&out);
	/* And any payload comes back out of its padding. */
	if (bytes.size <= LIMIT_RECORD_BYTES) {
		tool_ok(envelope_pad(bytes, &out));
		tool_ok(envelope_unpad(buf_span(&out), &payload));
		tool_must(span_equal(payload, bytes));
	}
	buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = span_of(data, size);
	check_header(bytes);
	check_slots(bytes);
	check_slot(bytes);
	check_padding(bytes);
	return 0;
}
