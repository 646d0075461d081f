//! Sources that change, and what they hold.
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Content of files by name.
pub type Manifest = BTreeMap<String, blake3::Hash>;

/// A generator of numbers, good enough for choosing.
pub struct Numbers(pub u64);

impl Numbers {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    pub fn noise(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        blake3::Hasher::new().update(&self.below(u64::MAX).to_le_bytes()).finalize_xof().fill(&mut bytes);
        bytes
    }

    pub fn text(&mut self, len: usize) -> Vec<u8> {
        let mut text = String::new();
        while text.len() < len {
            text += &format!("the {} of {} is {}\n", self.below(90), self.below(1_000_000), self.below(50));
        }
        text.into_bytes()
    }
}

/// Changes about a third of the source, some 10 MB, or makes it.
pub fn change(src: &Path, numbers: &mut Numbers) {
    for n in 0..60 {
        let path = src.join(format!("dir{}/file{n}", n % 7));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if path.exists() && numbers.below(3) > 0 {
            continue;
        }
        let len = [200, 20_000, 300_000, 1_500_000][n % 4] + numbers.below(100_000) as usize;
        fs::write(&path, if n % 3 == 0 { numbers.text(len) } else { numbers.noise(len) }).unwrap();
    }
}

pub fn manifest(dir: &Path) -> Manifest {
    let mut found = Manifest::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let name = path.strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
                    found.insert(name, blake3::hash(&fs::read(path).unwrap()));
                }
            }
        }
    }
    found
}

/// A number that the environment sets.
pub fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().unwrap())
}
