#include "codec/envelope.h"

#include <string.h>

enum {
	NEWER_HEADER_MAX = 1024, /* of a version that we do not know yet */
	FRAME_HEAD_BYTES = 4,
	SLOT_LABEL_BYTES = 16,
	SLOT_FIELDS_BYTES = 132,
	KEY_BYTES = 32,
};

static const uint8_t slot_label[SLOT_LABEL_BYTES] = "qsg/slot/v1";

bool generation_equal(const struct generation *a, const struct generation *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

static uint8_t *put(uint8_t *out, const void *data, size_t size)
{
	memcpy(out, data, size);
	return out + size;
}

enum err envelope_put_header(const struct header *header, struct buf *out)
{
	size_t size =
	    header->slotted ? ENVELOPE_SLOTTED_BYTES : ENVELOPE_PLAIN_BYTES;
	enum err err = buf_reserve(out, size);
	if (err != ERR_OK) {
		return err;
	}
	uint8_t *at = out->data + out->size;
	*at++ = header->version;
	at = put(at, header->author.b, KEY_BYTES);
	at = put(at, header->generation.b, sizeof(header->generation.b));
	at = put(at, header->stream.b, KEY_BYTES);
	bytes_put_u64(at, header->number);
	at = put(at + 8, header->previous.b, KEY_BYTES);
	*at++ = header->slotted ? 1 : 0;
	bytes_put_u32(at, header->body_size);
	at = put(at + 4, header->keyed_by.b, KEY_BYTES);
	at = put(at, header->body_hash.b, KEY_BYTES);
	at = put(at, header->nonce, ENVELOPE_NONCE_BYTES);
	at = put(at, header->key_commitment.b, KEY_BYTES);
	if (header->slotted) {
		at = put(at, header->slots_hash.b, KEY_BYTES);
		(void)put(at, header->audience_commitment.b, KEY_BYTES);
	}
	out->size += size;
	return ERR_OK;
}

static void get_id(struct reader *in, struct id32 *out)
{
	reader_copy(in, out->b, sizeof(out->b));
}

static enum err get_frozen(struct reader *in, struct header *out)
{
	out->version = reader_u8(in);
	get_id(in, &out->author);
	reader_copy(in, out->generation.b, sizeof(out->generation.b));
	get_id(in, &out->stream);
	out->number = reader_u64(in);
	get_id(in, &out->previous);
	if (in->bad) {
		return err_set(ERR_FORMAT, "a header is cut short");
	}
	if (out->version == 0) {
		return err_set(ERR_FORMAT, "a header of version 0");
	}
	if (out->number == 0) {
		return err_set(ERR_FORMAT, "a header with number 0");
	}
	if (id_is_zero(&out->previous) != (out->number == 1)) {
		return err_set(ERR_FORMAT,
		    "a header's previous record does not fit its number");
	}
	return ERR_OK;
}

/* PROTOCOL.md M22: "The previous id MUST be zero at number 1 and nowhere else,
 * and the id of the slot-bearing record in force MUST be zero in a record with
 * slots and nowhere else; number 1 MUST have slots." get_frozen has seen to
 * the previous id. */
static enum err check_fields(const struct header *header)
{
	if (header->number == 1 && !header->slotted) {
		return err_set(
		    ERR_FORMAT, "a header opens a stream without slots");
	}
	if (id_is_zero(&header->keyed_by) != header->slotted) {
		return err_set(
		    ERR_FORMAT, "a header's keying does not fit its slots");
	}
	if (header->body_size > LIMIT_RECORD_BYTES) {
		return err_set(ERR_FORMAT, "a header of too large a body");
	}
	return ERR_OK;
}

/* PROTOCOL.md M21: "The first 113 bytes, version to previous id, MUST have this
 * layout in every later version, and a header of a higher version MUST be read
 * no further than that." PROTOCOL.md M20: "A header of version 1 MUST have
 * exactly 238 bytes without slots and 302 with them." */
enum err envelope_get_header(struct span bytes, struct header *out)
{
	struct reader in = reader_of(bytes);
	memset(out, 0, sizeof(*out));
	enum err err = get_frozen(&in, out);
	if (err != ERR_OK) {
		return err;
	}
	if (out->version > ENVELOPE_VERSION) {
		if (bytes.size > NEWER_HEADER_MAX) {
			return err_set(ERR_FORMAT, "a header is too long");
		}
		return err_set(ERR_VERSION, "a header of version %u",
		    (unsigned int)out->version);
	}
	uint8_t slotted = reader_u8(&in);
	if (slotted > 1) {
		return err_set(
		    ERR_FORMAT, "a header's flag is neither 0 nor 1");
	}
	out->slotted = slotted == 1;
	out->body_size = reader_u32(&in);
	get_id(&in, &out->keyed_by);
	get_id(&in, &out->body_hash);
	reader_copy(&in, out->nonce, sizeof(out->nonce));
	get_id(&in, &out->key_commitment);
	if (out->slotted) {
		get_id(&in, &out->slots_hash);
		get_id(&in, &out->audience_commitment);
	}
	if (!reader_done(&in)) {
		return err_set(ERR_FORMAT, "a header of %zu bytes", bytes.size);
	}
	return check_fields(out);
}

/* PROTOCOL.md M27: "A slots block whose size is not that of its number of
 * slots, or whose number is not 1 to 256, MUST be refused." */
enum err envelope_slot_count(struct span slots, uint32_t *count)
{
	struct reader in = reader_of(slots);
	(void)reader_span(&in, KEY_BYTES);
	uint32_t stated = reader_u16(&in);
	if (in.bad || stated == 0) {
		return err_set(ERR_FORMAT, "a slots block without slots");
	}
	if (stated > LIMIT_SLOTS) {
		return err_set(ERR_LIMIT, "a slots block of %u slots",
		    (unsigned int)stated);
	}
	if (in.left.size != (size_t)stated * ENVELOPE_SLOT_BYTES) {
		return err_set(
		    ERR_FORMAT, "a slots block does not fit its count");
	}
	*count = stated;
	return ERR_OK;
}

struct span envelope_slots_key(struct span slots)
{
	return span_of(slots.data, KEY_BYTES);
}

struct span envelope_slot(struct span slots, uint32_t index)
{
	return span_of(slots.data + ENVELOPE_SLOTS_HEAD_BYTES +
			   (size_t)index * ENVELOPE_SLOT_BYTES,
	    ENVELOPE_SLOT_BYTES);
}

void envelope_put_slot(
    const struct slot_fields *fields, uint8_t out[SLOT_FIELDS_BYTES])
{
	uint8_t *at = put(out, slot_label, sizeof(slot_label));
	at = put(at, fields->author.b, KEY_BYTES);
	at = put(at, fields->generation.b, sizeof(fields->generation.b));
	at = put(at, fields->reader.b, KEY_BYTES);
	bytes_put_u32(at, fields->reader_epoch);
	at = put(at + 4, fields->stream.b, KEY_BYTES);
	bytes_put_u64(at, fields->number);
}

bool envelope_get_slot(
    const uint8_t in[SLOT_FIELDS_BYTES], struct slot_fields *out)
{
	struct reader reader = reader_of(span_of(in, SLOT_FIELDS_BYTES));
	struct span label = reader_span(&reader, SLOT_LABEL_BYTES);
	get_id(&reader, &out->author);
	reader_copy(&reader, out->generation.b, sizeof(out->generation.b));
	get_id(&reader, &out->reader);
	out->reader_epoch = reader_u32(&reader);
	get_id(&reader, &out->stream);
	out->number = reader_u64(&reader);
	return span_equal(label, span_of(slot_label, sizeof(slot_label)));
}

static unsigned int floor_log2(size_t value)
{
	unsigned int log = 0;
	while (value > 1) {
		value >>= 1;
		log++;
	}
	return log;
}

size_t envelope_padded_size(size_t size)
{
	if (size < 2) {
		return size;
	}
	unsigned int exponent = floor_log2(size);
	unsigned int kept = floor_log2(exponent) + 1;
	if (exponent <= kept) {
		return size;
	}
	size_t mask = ((size_t)1 << (exponent - kept)) - 1;
	return size > SIZE_MAX - mask ? SIZE_MAX : (size + mask) & ~mask;
}

enum err envelope_pad(struct span payload, struct buf *out)
{
	if (payload.size > LIMIT_RECORD_BYTES) {
		return err_set(
		    ERR_LIMIT, "a payload of %zu bytes", payload.size);
	}
	size_t framed = FRAME_HEAD_BYTES + payload.size;
	size_t padded = envelope_padded_size(framed);
	enum err err = buf_reserve(out, padded);
	if (err != ERR_OK) {
		return err;
	}
	uint8_t *at = out->data + out->size;
	bytes_put_u32(at, (uint32_t)payload.size);
	if (payload.size > 0) {
		memcpy(at + FRAME_HEAD_BYTES, payload.data, payload.size);
	}
	memset(at + framed, 0, padded - framed);
	out->size += padded;
	return ERR_OK;
}

/* PROTOCOL.md M31: "A body whose inner size, padded size or padding bytes are
 * not exactly these MUST be refused as unreadable." */
enum err envelope_unpad(struct span padded, struct span *payload)
{
	struct reader in = reader_of(padded);
	uint32_t size = reader_u32(&in);
	struct span inside = reader_span(&in, size);
	if (in.bad || padded.size != envelope_padded_size(
					 FRAME_HEAD_BYTES + (size_t)size)) {
		return err_set(ERR_FORMAT, "a body's length does not fit");
	}
	uint8_t any = 0;
	for (size_t i = 0; i < in.left.size; i++) {
		any |= in.left.data[i];
	}
	if (any != 0) {
		return err_set(ERR_FORMAT, "a body's padding is not zero");
	}
	*payload = inside;
	return ERR_OK;
}

enum err envelope_place(
    const char *label, const struct header *header, struct buf *out)
{
	size_t label_size = strlen(label);
	if (label_size > UINT8_MAX) {
		return err_set(ERR_LIMIT, "a label of %zu bytes", label_size);
	}
	size_t size = 1 + label_size + KEY_BYTES +
	              sizeof(header->generation.b) + KEY_BYTES +
	              sizeof(uint64_t);
	enum err err = buf_reserve(out, size);
	if (err != ERR_OK) {
		return err;
	}
	uint8_t *at = out->data + out->size;
	*at++ = (uint8_t)label_size;
	at = put(at, label, label_size);
	at = put(at, header->author.b, KEY_BYTES);
	at = put(at, header->generation.b, sizeof(header->generation.b));
	at = put(at, header->stream.b, KEY_BYTES);
	bytes_put_u64(at, header->number);
	out->size += size;
	return ERR_OK;
}
