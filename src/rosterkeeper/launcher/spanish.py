"""The templates' texts in Spanish, by the English ones. What the guides call a thing keeps its English name beside."""

from typing import Final

from rosterkeeper.launcher.settings import ROOT_CATEGORY, TEMPLATES

SPANISH: Final = {
    "Rosterkeeper teacher's console": "Consola del profesor de Rosterkeeper",
    f"Rosterkeeper teacher's console {TEMPLATES} or later": f"Consola de Rosterkeeper {TEMPLATES} o posterior",
    ROOT_CATEGORY: "Configuración del profesor (NSS Tutor Settings)",
    "Network & Wireless Settings": "Red y conexión inalámbrica",
    "Student Selection": "Selección de estudiantes",
    "Tutor Console": "Consola del profesor",
    "Use Name & Connectivity Server": "Usar el servidor de nombres y conectividad",
    "Whether this console asks a server for schools, teachers and classes. Off: it makes no calls at all.": (
        "Si esta consola pregunta a un servidor por escuelas, profesores y clases. Desactivado: no llama a nadie."
    ),
    "Server address": "Dirección del servidor",
    "The address that the server shows under Teacher's console, such as https://roster.example.org.": (
        "La dirección que el servidor muestra en Consola del profesor, por ejemplo https://roster.example.org."
    ),
    "Security key": "Clave de seguridad",
    "The key that the server shows for your school. It begins with RK-.": (
        "La clave que el servidor muestra para su escuela. Empieza por RK-."
    ),
    "Certificate file": "Archivo de certificados",
    "A file of certificates (PEM) to trust besides the system's, where the server's is the district's own.": (
        "Un archivo de certificados (PEM) de confianza, además de los del sistema, si el servidor usa uno del distrito."
    ),
    "Allow an unencrypted connection": "Permitir una conexión sin cifrar",
    "Whether an address that begins with http: may be used for another computer than this one.": (
        "Si se puede usar una dirección que empieza por http: para otro equipo que no sea este."
    ),
    "Student Selection Mode": "Modo de selección de estudiantes (Student Selection Mode)",
    "How the console finds the students of a lesson. Connect to SIS takes classes from the roster.": (
        "Cómo encuentra la consola a los estudiantes de una clase. Conectar con el SIS toma las clases de la lista."
    ),
    "Room mode": "Modo de aula",
    "Browse mode": "Modo de exploración",
    "User mode": "Modo de usuario",
    "Google Classroom": "Google Classroom",
    "Connect to SIS": "Conectar con el SIS (Connect to SIS)",
    "School name": "Nombre de la escuela",
    "The school whose classes are shown: its number at the server, or its name. Empty: the key's own school.": (
        "La escuela cuyas clases se muestran: su número en el servidor, o su nombre. Vacío: la escuela de la clave."
    ),
    "Allow cover": "Permitir sustituciones",
    "Whether another teacher than the recognised one may be chosen at this computer.": (
        "Si en este equipo se puede elegir a un profesor distinto del reconocido."
    ),
    "Class view": "Vista de las clases",
    "How the New Class page shows classes until the teacher chooses.": (
        "Cómo muestra las clases la página de nueva clase hasta que el profesor elige."
    ),
    "Icon view": "Vista de iconos",
    "List view": "Vista de lista",
}
