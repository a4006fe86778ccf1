/*
 * limits.h - the maxima of formats, quotas and interfaces, in one place. Times
 * and queue lengths of one module stand in its own header.
 *
 * Floor:   base
 * Spec:    proto/PROTOCOL.md, "Limits"
 */
#ifndef QSG_BASE_LIMITS_H
#define QSG_BASE_LIMITS_H

/* Records. Sizes in bytes. */
#define LIMIT_RECORD_BYTES 262144u /* 256 KiB: header, slots, body */
/* 196 KiB: a body, so that a grant of it fits a record, with the proof, the
 * card and the reason that stand beside it there. */
#define LIMIT_GRANTABLE_BYTES 200704u
#define LIMIT_STRANGERS 4096u      /* authors known by grants alone */
#define LIMIT_STRANGERS_OF_ONE 64u /* by the grants of one granter */
#define LIMIT_GRANTS 256u          /* records granted at once */
#define LIMIT_GRANT_TRIES 64u      /* of one granter and record */
#define LIMIT_REFERENCES 1024u     /* of one record to others */
#define LIMIT_TEXT_BYTES 16384u    /* 16 KiB: free text of one record */
#define LIMIT_NAME_BYTES 200u      /* an organisation's name */
#define LIMIT_CORRECTIONS 256u     /* records in a chain of corrections */
#define LIMIT_TOKEN_BYTES 40u      /* a lower-case token */
#define LIMIT_SLOTS 256u           /* slots a record, dummies included */
#define LIMIT_INDICATOR_ROWS 4096u /* rows in one indicator record */

/* Keying. */
#define LIMIT_REKEY_RECORDS 1000u         /* then re-key */
#define LIMIT_REKEY_AGE_MS 2592000000LL   /* 30 days */
#define LIMIT_REKEY_READER_MS 86400000LL  /* one a reader and day */
#define LIMIT_STREAM_IDLE_MS 7776000000LL /* then it has ended */
#define LIMIT_KEYING_PER_HOUR 60u /* slot-bearing records an author makes */
#define LIMIT_KEYING_BURST 4096u  /* ... while catching up */

/* Cards. */
#define LIMIT_CARD_BYTES 16384u /* 16 KiB */
#define LIMIT_CARDS_PER_DAY 10u
#define LIMIT_ENDPOINTS 8u
#define LIMIT_ENDPOINT_BYTES 256u
#define LIMIT_GENERATIONS 32u
#define LIMIT_SEALING_KEYS 8u

/* Log. */
#define LIMIT_NOTE_BYTES 16384u      /* 16 KiB */
#define LIMIT_NOTE_LINES 16u         /* signature lines of a note */
#define LIMIT_TREE_SIZE (1ULL << 40) /* leaves of one log */
#define LIMIT_PROOF_NODES 65536u     /* nodes of one batch proof */

/* Sessions. */
#define LIMIT_MESSAGE_BYTES 2097152u /* 2 MiB */
#define LIMIT_BATCH_BYTES 1048576u   /* 1 MiB: records in one message */
#define LIMIT_BATCH_RECORDS 1024u
#define LIMIT_ADVERTISE 512u        /* streams in one advertisement */
#define LIMIT_WANTS 4u              /* ranges asked for at once, a peer */
#define LIMIT_WANT_RECORDS 65536u   /* numbers one Want may name */
#define LIMIT_CREDIT_BYTES 4194304u /* records not yet acknowledged */
#define LIMIT_CREDIT_MAX 8388608u   /* credit taken from a peer */
#define LIMIT_MALFORMED 20u         /* messages, then a session ends */
#define LIMIT_POSITIONS 65536u      /* streams whose place a session knows */
#define LIMIT_LINKS 4u              /* connections a peer */
#define LIMIT_PUSH_BYTES 524288u    /* 512 KiB pushed, not yet acknowledged */
#define LIMIT_HEADWANT_SIZES 16u
#define LIMIT_PEERS 1024u
#define LIMIT_PEERS_RESERVED 128u /* of them, for those a person adds */
#define LIMIT_GROUP_ENROLLED 256u /* by the rosters of one group, ever */
#define LIMIT_REASON_BYTES 200u

/* Groups. */
#define LIMIT_GROUP_MEMBERS 256u /* entries of a roster, convenor included */
#define LIMIT_GROUP_CHANGES 512u /* changes in one roster */
#define LIMIT_GROUP_NUMBER (1ULL << 53) /* a term, an epoch */
#define LIMIT_GROUP_CYCLE_DAYS 1100u    /* about three years */
#define LIMIT_GROUP_RULES 64u           /* ground rules of one charter */
#define LIMIT_GROUP_DUTIES 64u          /* its information duties */
#define LIMIT_GROUP_PEOPLE 16u          /* representatives of one entry */
#define LIMIT_GROUP_RECORDS 4096u       /* of one author that count */
#define LIMIT_GROUP_WEIGHT 67108864u    /* 64 MiB: likewise */
#define LIMIT_GROUPS_PER_AUTHOR 64u     /* of which its rosters count */

#define LIMIT_PICTURE_RECORDS 4096u    /* of one author, in one picture */
#define LIMIT_PICTURE_WEIGHT 16777216u /* 16 MiB: likewise */

#define LIMIT_RELATIONS 16384u          /* providers that one relates to */
#define LIMIT_RELATION_WEIGHT 67108864u /* 64 MiB: its relations to them */

#define LIMIT_SUMMIT_RECORDS 1024u /* of one author, of one summit */
#define LIMIT_SUMMIT_ACTIONS 256u  /* beside them, and likewise: */
#define LIMIT_SUMMIT_STEPS 2048u
#define LIMIT_SUMMIT_MISSED 1024u
#define LIMIT_SUMMIT_MISSED_OF 32u     /* set by one, recorded by a node */
#define LIMIT_SUMMIT_JUDGING_HOURS 24u /* of a charter, and likewise: */
#define LIMIT_SUMMIT_RING_HOURS 168u
#define LIMIT_SUMMIT_RESPONSE_HOURS 48u
#define LIMIT_SUMMIT_DAYS 92u
#define LIMIT_ACTION_STEPS 256u       /* of one author, to one action */
#define LIMIT_WORKPLAN_ROWS 1024u     /* of one workplan */
#define LIMIT_WORKPLAN_BYTES 4194304u /* 4 MiB: its file */

/* Sharing policy. */
#define LIMIT_POLICY_RULES 256u
#define LIMIT_RELEASES 1024u /* that wait for a second person */

/* Quotas of one author, as a reader holds its records. */
#define LIMIT_AUTHOR_BYTES 17179869184ULL
#define LIMIT_AUTHOR_STREAMS 65536u

/* Quarantine. */
#define LIMIT_QUARANTINE_ITEMS 64u   /* full bytes kept, a peer and class */
#define LIMIT_QUARANTINE_NOTES 4096u /* reason and hash after that, a peer */
#define LIMIT_QUARANTINE_BYTES 1073741824ULL    /* 1 GiB */
#define LIMIT_QUARANTINE_HOUR_BYTES 67108864ULL /* 64 MiB, a peer and class */

/* Evidence. */
#define LIMIT_EVIDENCE_BYTES 262144u /* 256 KiB: one piece */
#define LIMIT_EVIDENCE_NODES 128u    /* of one side's proof */
#define LIMIT_EVIDENCE_ITEMS 64u     /* kept against one organisation */
#define LIMIT_EVIDENCE_SUM 8388608u  /* 8 MiB: likewise */
#define LIMIT_MENTIONS 16u           /* heads of others told at once */

/* Bundles. */
#define LIMIT_BUNDLE_BYTES (1ULL << 34) /* 16 GiB, the whole archive */
#define LIMIT_BUNDLE_FILES 2097152u
#define LIMIT_BUNDLE_RECORDS 262144u
#define LIMIT_BUNDLE_CARDS 1024u
#define LIMIT_BUNDLE_SEALED 4096u /* pieces of evidence that a seal names */
#define LIMIT_BUNDLE_LOGS 8192u
#define LIMIT_EXPORT_PAGE 256u           /* records in one answer */
#define LIMIT_EXPORT_PAGE_BYTES 2097152u /* ... of them, then it ends */

/* Accounts and activity. */
#define LIMIT_ACCOUNTS 256u
#define LIMIT_ACCOUNT_NAME 32u   /* bytes */
#define LIMIT_ACCOUNT_SCOPE 64u  /* groups that one is scoped to */
#define LIMIT_ACCOUNT_REGIONS 8u /* and regions */
#define LIMIT_ACTIVITY_RECORDS                                                 \
	1024u                        /* named by one entry: more make several  \
	                              */
#define LIMIT_ACTIVITY_BYTES 131072u /* 128 KiB: entries of one record */

/* Local interface. */
#define LIMIT_PASSPHRASE_BYTES 1024u
#define LIMIT_REQUEST_BYTES 67108864u /* 64 MiB */
#define LIMIT_CSV_BYTES 268435456u    /* 256 MiB */
#define LIMIT_READERS 255u            /* --to names, the author aside */

#endif
