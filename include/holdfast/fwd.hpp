#ifndef HOLDFAST_FWD_HPP
#define HOLDFAST_FWD_HPP

// The public names, for headers that only mention them. Includes nothing.
namespace holdfast {

class Bytes;
class Buffer;
class Context;
class Environment;
class Error;
class Key;
class KeyView;
struct RecordId;
struct Record;
struct Stamp;
class Revision;
class Precondition;
class WriteOutcome;
class Turn;
struct UnknownWrite;
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

class LockDirectory;

struct NoLock;
class MutexLock;
class FileLock;
struct Embedded;
struct OwnSlot;
template <class Placement>
class LeaseLock;

struct LastWriterWins;
struct CompareAndSwap;
template <class Retention>
class History;
struct KeepAll;
class VersionList;
class Pin;

struct RawBytes;
struct Json;

template <class State, class Storage, class Locking, class Versioning, class Serialization>
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
