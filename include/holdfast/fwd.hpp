#ifndef HOLDFAST_FWD_HPP
#define HOLDFAST_FWD_HPP

// The public names, for headers that only mention them. Includes nothing.
//
//     using Sync = holdfast::BasicStateStore<Progress, holdfast::FileStorage<>, holdfast::FileLock>;
//     void report(Sync& store);
//
// names the type that `StateStore<Progress, FileLock, FileStorage<>>` is: the policies in their order (storage,
// locking, versioning, serialization), since these are not looked into. Default arguments of templates stand here
// alone.
namespace holdfast {

class Bytes;
class Buffer;
class Context;
class Environment;
class Error;
class Exception;
class Key;
class KeyView;
struct RecordId;
struct Record;
struct Stamp;
struct WriteId;
class Revision;
class Precondition;
class WriteOutcome;
class Turn;
struct UnknownWrite;
struct StoreOptions;
struct CallOptions;
template <class T>
class Result;
template <class T>
class Outcome;
template <class State>
class Entry;

class MemoryStorage;
class SqliteStorage;
template <class... Storages>
class OneOf;
struct SlotFirst;
enum class Durability : unsigned char;
template <class Layout = SlotFirst, Durability D = Durability{2} /* full */>
class FileStorage;

class MemoryObjects;
template <Durability D = Durability{2} /* full */>
class DirectoryObjects;
template <class Objects, class Layout = SlotFirst>
class ObjectStorage;

template <class Next>
class Cached;
template <class Next>
class Retrying;
template <class Next, class Observer>
class Observed;
template <class... O>
class Observers;
class PrometheusMetrics;
class TraceSink;
template <class Next, class Sink = TraceSink>
class Traced;

class LockDirectory;

struct NoLock;
class MutexLock;
class FileLock;
struct Embedded;
struct OwnSlot;
template <class Placement = Embedded>
class LeaseLock;

struct LastWriterWins;
struct CompareAndSwap;
struct CompareContent;
struct KeepAll;
template <__UINT64_TYPE__ count>
struct KeepLast;
template <__UINT64_TYPE__ seconds>
struct KeepFor;
template <__UINT64_TYPE__ count>
struct KeepBytes;
template <class First, class... Others>
struct KeepIfAny;
template <class First, class... Others>
struct KeepIfEvery;
template <class Retention = KeepAll>
class History;
class VersionList;
class Pin;

struct RawBytes;
struct Json;
template <int Level>
struct ZstdLevel;
using Zstd = ZstdLevel<3>;
template <class Codec, class Inner>
class Compressed;
struct Aes256Gcm;
class KeyRing;
template <class Cipher, class Ring, class Inner>
class Encrypted;
template <class Inner, class... Steps>
class Migrating;

/// The policies that stand here are those of a `StateStore` that names none.
template <class State, class Storage = MemoryStorage, class Locking = NoLock, class Versioning = CompareAndSwap,
          class Serialization = Json>
class BasicStateStore;
template <class Store, class Guard>
class Locked;

// What verbs are written with; see <holdfast/concepts/verbs.hpp>.
template <class State, class Storage, class Versioning, class Serialization>
class Engine;
template <class Store, bool kept>
class HistoryVerbs;
template <class Self, bool kept, class... At>
class HistoryKeyVerbs;

}  // namespace holdfast

#endif
