//! object_store (Rust) by the command line of runtime/main.cpp. Outside of an async runtime, where it does its file
//! operations on the calling thread: its best case. It syncs nothing, and a file update is a get and a put that does
//! not notice other writers; in memory the put is conditional.

use bytes::Bytes;
use futures::executor::block_on;
use object_store::{local::LocalFileSystem, memory::InMemory, path::Path, ObjectStore, PutMode, PutOptions, UpdateVersion};
use std::time::{Duration, Instant};

fn cpu() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

fn measure(seconds: f64, mut operation: impl FnMut()) {
    let mut batch = 1u64;
    let end = Instant::now() + Duration::from_secs_f64(seconds / 5.0);
    while Instant::now() < end {
        let begin = Instant::now();
        (0..batch).for_each(|_| operation());
        if begin.elapsed().as_secs_f64() < seconds / 400.0 {
            batch *= 2;
        }
    }
    let (mut walls, mut done, spent) = (Vec::new(), 0u64, cpu());
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    while Instant::now() < end {
        let begin = Instant::now();
        (0..batch).for_each(|_| operation());
        walls.push(begin.elapsed().as_secs_f64() / batch as f64);
        done += batch;
    }
    let spent = cpu() - spent;
    walls.sort_by(f64::total_cmp);
    println!("{} {:.3} {:.3}", done, walls[walls.len() / 2] * 1e9, spent / done as f64 * 1e9);
}

fn changed(value: &Bytes) -> Bytes {
    let mut next = value.to_vec();
    for byte in next[..8].iter_mut().rev() {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            break;
        }
    }
    Bytes::from(next)
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.len() == 1 {
        return ["memory-get", "memory-update", "file-read", "file-update-none"].iter().for_each(|name| println!("{name}"));
    }
    let seconds: f64 = arguments[2].parse().expect("seconds");
    let key = Path::from("pipelines/orders");
    let value = Bytes::from((0..4096usize).map(|i| b'a' + (i * 7 % 26) as u8).collect::<Vec<u8>>());
    let store: Box<dyn ObjectStore> = if arguments[1].starts_with("memory") {
        Box::new(InMemory::new())
    } else {
        let directory = format!("{}/objects", arguments[3]);
        std::fs::create_dir(&directory).expect("directory");
        Box::new(LocalFileSystem::new_with_prefix(directory).expect("store"))
    };
    std::thread::spawn(|| {}).join().unwrap();
    block_on(store.put(&key, value.into())).expect("put");
    let get = || {
        let found = block_on(store.get(&key)).expect("get");
        let version = UpdateVersion { e_tag: found.meta.e_tag.clone(), version: found.meta.version.clone() };
        (block_on(found.bytes()).expect("bytes"), version)
    };
    match arguments[1].as_str() {
        "memory-get" | "file-read" => measure(seconds, || {
            std::hint::black_box(get().0[0]);
        }),
        "memory-update" => measure(seconds, || {
            let (value, version) = get();
            let options = PutOptions { mode: PutMode::Update(version), ..Default::default() };
            block_on(store.put_opts(&key, changed(&value).into(), options)).expect("put");
        }),
        "file-update-none" => measure(seconds, || {
            block_on(store.put(&key, changed(&get().0).into())).expect("put");
        }),
        other => panic!("no such case: {other}"),
    }
}
