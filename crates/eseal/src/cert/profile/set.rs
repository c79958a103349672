use super::super::CertError;
use super::super::Services;
use super::Profile;

/// The profiles of a CA, and what it says about its services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileSet {
    profiles: Vec<Profile>,
    services: Services,
}

impl ProfileSet {
    /// The standard profiles, without services.
    #[must_use]
    pub fn standard() -> Self {
        Self { profiles: Profile::standard().to_vec(), services: Services::default() }
    }

    /// The same profiles with these services.
    #[must_use]
    pub fn with_services(self, services: Services) -> Self {
        Self { services, ..self }
    }

    /// Finds a profile by its name.
    ///
    /// # Errors
    /// [`CertError::UnknownProfile`].
    pub fn find(&self, name: &str) -> Result<Profile, CertError> {
        let found = self.profiles.iter().find(|profile| profile.name() == name).cloned();
        found.ok_or_else(|| CertError::UnknownProfile { name: name.chars().take(64).collect() })
    }

    /// The profiles: the standard ones first.
    pub fn iter(&self) -> impl Iterator<Item = &Profile> {
        self.profiles.iter()
    }

    /// What the CA says about its services in every certificate.
    #[must_use]
    pub const fn services(&self) -> &Services {
        &self.services
    }
}

impl Default for ProfileSet {
    fn default() -> Self {
        Self::standard()
    }
}
